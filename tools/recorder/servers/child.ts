/**
 * A server in a process of its own, with a folder that goes with it.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const READY_MS = 40_000;
const END_MS = 8000;

export interface Child {
  readonly folder: string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface Command {
  readonly folder: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  readonly port: number;
}

export function folderFor(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `deskwire-${name}-`));
}

/** Starts it and waits until its port answers. */
export async function startChild({ folder, command: [program, ...rest], environment = {}, port }: Command): Promise<Child> {
  const child = spawn(program, rest, { cwd: folder, env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  let isOver = false;
  const over = new Promise<void>((ended) => {
    child.once("error", (fault) => (output += fault.message));
    child.once("close", () => {
      isOver = true;
      ended();
    });
  });
  const until = performance.now() + READY_MS;
  while (!(await answers(port))) {
    if (isOver || performance.now() > until) {
      const log = await readFile(join(folder, "log"), "utf8").catch(() => "");
      await end(child, over, { folder, signal: "SIGKILL" });
      throw new Error(`${program} did not start:\n${output}\n${log}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  return { folder, stop: (signal) => end(child, over, { folder, signal: signal ?? "SIGTERM" }) };
}

async function end(child: ChildProcess, over: Promise<void>, { folder, signal }: { folder: string; signal: NodeJS.Signals }): Promise<void> {
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), END_MS);
  await over;
  clearTimeout(late);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      done(true);
    });
    socket.once("error", () => done(false));
  });
}
