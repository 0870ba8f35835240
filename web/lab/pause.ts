/** Waiting. @module */

/** Waits so many milliseconds; fails with the signal's reason where that comes first. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((done, stopped) => {
    const stop = () => {
      clearTimeout(timer);
      stopped(signal.reason);
    };
    const timer = setTimeout(
      () => {
        signal.removeEventListener("abort", stop);
        done();
      },
      Math.max(0, milliseconds),
    );
    signal.addEventListener("abort", stop, { once: true });
  });
}
