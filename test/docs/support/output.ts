/**
 * Comparing what a document shows with what was printed: `…` stands for any text of a line, alone on a line for any lines.
 *
 * @module
 */

const ANY = "…";

/** True if the whole of what was printed is as shown. */
export function isAsShown(shown: string, printed: string): boolean {
  return areAsShown(linesOf(shown), linesOf(printed));
}

/** True if what is shown stands somewhere in it; for programs that print on. */
export function holdsShown(shown: string, printed: string): boolean {
  return areAsShown([ANY, ...linesOf(shown), ANY], linesOf(printed));
}

function linesOf(text: string): string[] {
  return text
    .trim()
    .split("\n")
    .map((line) => line.trimEnd());
}

function areAsShown([first, ...others]: readonly string[], printed: readonly string[]): boolean {
  if (first === undefined) return printed.length === 0;
  if (first === ANY) return Array.from({ length: printed.length + 1 }, (_, skipped) => printed.slice(skipped)).some((rest) => areAsShown(others, rest));
  const [line, ...rest] = printed;
  return line !== undefined && patternOf(first).test(line) && areAsShown(others, rest);
}

function patternOf(line: string): RegExp {
  const parts = line.split(ANY).map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "u");
}
