/**
 * How a command ends.
 *
 * @module
 */

/** Exit codes: nothing is wrong; faults were found; it could not be done as it was asked. */
export const EXIT = { fine: 0, faults: 1, unusable: 2 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes:
  0  no fault
  1  faults were found
  2  wrong usage, or a file that cannot be read`;

/** Something the person at the keyboard can put right: printed as it stands, without a stack; ends with 2. */
export class Problem extends Error {
  override readonly name = "Problem";
}
