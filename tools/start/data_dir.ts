/**
 * The folder of the rows: made when it is missing, and used by one server at a time.
 *
 * @module
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Problem } from "./problem.ts";

/** Takes the folder; the answer gives it back. */
export function takeDataDir(folder: string): () => void {
  const mark = join(folder, "server.pid");
  try {
    mkdirSync(folder, { recursive: true });
    const holder = holderOf(mark);
    if (holder) throw new Problem(`DATA_DIR ${folder} is in use by process ${holder}. End that one, or choose another folder: DATA_DIR=… npm start`);
    writeFileSync(mark, String(process.pid));
  } catch (fault) {
    if (fault instanceof Problem) throw fault;
    throw new Problem(`DATA_DIR ${folder} cannot be written: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
  return () => rmSync(mark, { force: true });
}

/** The running server whose mark this is; a mark that a crash left behind counts for nothing. */
function holderOf(mark: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(mark, "utf8"));
  } catch {
    return undefined;
  }
  return pid > 0 && pid !== process.pid && isServer(pid) ? pid : undefined;
}

function isServer(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    // The number may be another program's by now.
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("start.ts");
  } catch {
    return true;
  }
}
