/**
 * Something the person at the keyboard can put right: printed as it stands, without a stack.
 *
 * @module
 */

export class Problem extends Error {
  override readonly name = "Problem";
}
