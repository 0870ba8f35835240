/**
 * What goes to the terminal: data to stdout, messages to stderr, colours only where somebody looks.
 *
 * @module
 */

import { styleText } from "node:util";

export type Style = "bold" | "dim" | "green" | "red" | "yellow";

/** Colours for a terminal; NO_COLOR and pipes have none. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Text from elsewhere without what would steer the terminal. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, " ");
}

export function printData(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  printData(JSON.stringify(value, null, 2));
}

export function printMessage(text: string): void {
  process.stderr.write(`${text}\n`);
}
