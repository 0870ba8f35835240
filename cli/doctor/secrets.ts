/**
 * The password: from a file, from the environment, or asked for without an echo; never an argument.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { text as textOfStream } from "node:stream/consumers";

import { Problem } from "../exit.ts";

const VARIABLE = "DESKWIRE_PASSWORD";

/** @throws {Problem} where there is none, and nobody to ask */
export async function passwordFor(user: string, file: string | undefined): Promise<string> {
  const password = file !== undefined ? await fromFile(file) : (process.env[VARIABLE] ?? (await askedFor(user)));
  if (password === "") throw new Problem("The password is empty.");
  return password;
}

async function fromFile(file: string): Promise<string> {
  try {
    const text = file === "-" ? await textOfStream(process.stdin) : readFileSync(file, "utf8");
    return text.split(/\r?\n/, 1)[0] ?? "";
  } catch (fault) {
    throw new Problem(`--password-file ${file}: ${(fault as Error).message}`);
  }
}

async function askedFor(user: string): Promise<string> {
  if (!process.stdin.isTTY) throw new Problem(`The password of ${user} is wanted: --password-file, or ${VARIABLE}.`);
  process.stderr.write(`Password of ${user}: `);
  process.stdin.setRawMode(true);
  try {
    return await typed();
  } finally {
    process.stdin.setRawMode(false);
    process.stdin.pause();
    process.stderr.write("\n");
  }
}

const ENTER = new Set(["\r", "\n", "\u0004"]);
const INTERRUPT = "\u0003";
const RUBOUT = new Set(["\b", "\u007f"]);

/** What is typed up to Enter. */
function typed(): Promise<string> {
  return new Promise((done, failed) => {
    const keys: string[] = [];
    process.stdin.setEncoding("utf8").on("data", function take(chunk: string | Buffer) {
      for (const key of String(chunk)) {
        if (key === INTERRUPT || ENTER.has(key)) {
          process.stdin.off("data", take);
          return key === INTERRUPT ? failed(new Problem("Given up.")) : done(keys.join(""));
        }
        if (RUBOUT.has(key)) keys.pop();
        else keys.push(key);
      }
    });
  });
}
