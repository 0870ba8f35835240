/**
 * What the server's own processes took, from /proc: who puts load on it has no part in the figures.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, fixed in the ABI of Linux. */
const TICKS_PER_SECOND = 100;

/** A process and all below it. */
export class ServerProcess {
  readonly #root: number;

  constructor(pid: number) {
    this.#root = pid;
  }

  /** User and system time since they began. */
  cpuSeconds(): number {
    const ticks = this.#tree().map((pid) => {
      const fields = statOf(pid);
      return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
    });
    return sum(ticks) / TICKS_PER_SECOND;
  }

  /** Kilobytes; what is shared with other processes is divided between them (PSS). */
  memoryKb(): number {
    const sizes = this.#tree().map((pid) => {
      const exact = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`));
      const resident = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`));
      return Number((exact ?? resident)?.[1] ?? 0);
    });
    return sum(sizes);
  }

  /** Ids of all processes below it. */
  children(): number[] {
    return this.#tree().slice(1);
  }

  #tree(): number[] {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const parents = pids.map((pid) => [Number(pid), Number(statOf(Number(pid))[1] ?? -1)] as const);
    const found = [this.#root];
    for (const pid of found) found.push(...parents.filter(([, parent]) => parent === pid).map(([child]) => child));
    return found;
  }
}

/** Fields after the command's name, which may have spaces in it. */
function statOf(pid: number): string[] {
  return read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it ended meanwhile
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
