/**
 * The command line as a process of its own, as somebody at a terminal or a script has it.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const ENTRY = fileURLToPath(new URL("../../../cli/deskwire.mjs", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Given {
  readonly input?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs `deskwire` with arguments to its end. */
export async function deskwire(args: readonly string[], { input = "", variables = {} }: Given = {}): Promise<Ran> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("DESKWIRE_") && !/COLOR/.test(name));
  const child = spawn(process.execPath, [ENTRY, ...args], { cwd: ROOT, env: { ...Object.fromEntries(own), ...variables }, stdio: "pipe" });
  const ended = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  child.stdin.on("error", () => {}); // it ended without reading
  child.stdin.end(input);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
