/**
 * Open files: how many this process may hold, and how many agents they carry.
 *
 * @module
 */

import { execFileSync, spawn } from "node:child_process";
import { constants } from "node:os";

import { untilToldToEnd } from "./lifetime.ts";

/** What workerd and its ports need before the first agent. */
const OWN_FILES = 500;
/** An awake object with rows holds three files, a socket one. */
const FILES_PER_AGENT = 4;

/** Set for the second run, so that there is no third. */
const RAISED = "DESKWIRE_LIMIT_RAISED";

export interface Limit {
  readonly soft: number;
  readonly hard: number;
}

/** How many agents can be awake at once under a limit of open files. */
export function agentsCarried(limit: number): number {
  return Math.max(0, Math.floor((limit - OWN_FILES) / FILES_PER_AGENT));
}

/** The limit that children of this process get; undefined where there is no such thing (Windows). */
export function openFileLimit(): Limit | undefined {
  if (process.platform === "win32") return undefined;
  const [soft, hard] = execFileSync("sh", ["-c", "ulimit -Sn; ulimit -Hn"], { encoding: "utf8" }).trim().split("\n");
  return { soft: countOf(soft), hard: countOf(hard) };
}

function countOf(printed: string | undefined): number {
  return printed === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(printed);
}

/**
 * Runs the same command again under the hard limit when that is higher: Node cannot raise its own.
 * Answers false when there is nothing to raise; else the promise ends with the exit code of the second run.
 */
export function runAgainWithMoreFiles(limit: Limit | undefined): false | Promise<number> {
  if (!limit || limit.soft >= limit.hard || process.env[RAISED]) return false;
  const again = ["-c", 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$@"', "sh", process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn("sh", again, { stdio: "inherit", env: { ...process.env, [RAISED]: "1" } });
  untilToldToEnd(() => child.kill("SIGTERM"));
  return new Promise((done, failed) => {
    child.once("error", failed);
    child.once("exit", (code, signal) => done(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
