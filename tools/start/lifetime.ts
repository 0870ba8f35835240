/**
 * How long the server lives: until a signal, or until whoever started it through npm is gone; workerd never longer.
 *
 * @module
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const PARENT_CHECK_MS = 1000;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What is done when told to end. */
const ends: (() => void)[] = [];
let isTold = false;

function endOnce(): void {
  if (isTold) return;
  isTold = true;
  if (ends.length === 0) process.exit(0);
  for (const end of ends) end();
}

/**
 * Listens from now on for SIGINT, SIGTERM and SIGHUP, and under npm for npm's death without a signal passed on. While
 * nobody has said what is to end, the process ends at once. The listeners stay: a signal on its way to one that is taken
 * off is lost.
 */
export function listenForTheEnd(): void {
  if (process.listeners("SIGINT").includes(endOnce)) return;
  for (const signal of SIGNALS) process.on(signal, endOnce);
  // A reader that went away must not keep the server from ending well.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  if (process.env.npm_lifecycle_event !== "start") return;
  const starters = startersOf(process.ppid);
  setInterval(() => starters.every(isAlive) || endOnce(), PARENT_CHECK_MS).unref();
}

/** Calls `end` once when told to end. Signals that come again meanwhile are ignored. */
export function untilToldToEnd(end: () => void): void {
  ends.push(end);
  listenForTheEnd();
}

/** Takes off the listeners of others, Miniflare's among them, that would exit before the server has ended. */
export function ownSignals(): void {
  for (const signal of SIGNALS) {
    for (const listener of process.listeners(signal)) if (listener !== endOnce) process.off(signal, listener);
  }
}

/** npm, and the shell that npm may have put between. */
function startersOf(parent: number): number[] {
  try {
    if (readFileSync(`/proc/${parent}/cmdline`, "utf8").includes("npm ") || readFileSync(`/proc/${parent}/comm`, "utf8").startsWith("npm")) return [parent];
    const grandparent = Number(readFileSync(`/proc/${parent}/stat`, "utf8").split(") ").pop()?.split(" ")[1]);
    return [parent, grandparent];
  } catch {
    // no such files outside Linux
    return [parent];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Ends workerd when this process dies without a chance to do it, by SIGKILL for example: a shell that waits for the
 * end of a pipe only we hold open. Undefined where the child cannot be found; then nothing is guarded.
 */
export function guardChildren(): ChildProcess | undefined {
  const pids = childPids();
  if (pids.length === 0) return undefined;
  const guard = spawn("sh", ["-c", 'while read -r _; do :; done; kill -9 "$@" 2>/dev/null', "sh", ...pids], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true, // not in reach of the terminal's ^C
  });
  guard.on("error", () => {});
  guard.stdin.on("error", () => {});
  guard.unref();
  return guard;
}

function childPids(): string[] {
  try {
    return readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  } catch {
    /* no such file outside Linux */
  }
  try {
    return execFileSync("pgrep", ["-P", String(process.pid), "workerd"], { encoding: "utf8" })
      .trim()
      .split("\n")
      .filter(Boolean);
  } catch {
    return [];
  }
}
