/**
 * Before the next picture, yet not more often than one can follow.
 *
 * @module
 */

/** Runs what it is given with the next picture, where the last one was at least so long ago; else when that time is over. */
export function soonAfter(milliseconds: number): (run: () => void) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (run) => {
    const draw = () =>
      requestAnimationFrame((now) => {
        last = now;
        run();
      });
    const left = last + milliseconds - performance.now();
    if (left > 0) setTimeout(draw, left);
    else draw();
  };
}
