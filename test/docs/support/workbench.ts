/**
 * A reader's clone: a folder with the project in it, where the commands of a document run one after the other.
 *
 * The project's files are links; what commands make (data, saved snippets, secrets) is the folder's own and goes with it. What the reader sees
 * as `127.0.0.1:8787` is a free port of this machine.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { QUIET } from "../../../tools/quiet.ts";
import { freePort } from "../../wire/support/server.ts";
import { ROOT } from "./blocks.ts";

const ADDRESS = "127.0.0.1:8787";
/** Where the documents' back end takes webhooks. */
const RECEIVER = "9797";
/** A self-hoster's folder, named by docs/deploy.md. */
const DATA = "/var/lib/deskwire";
const OWN = new Set([".git", ".deskwire", ".wrangler", "dist", "wrangler.toml", "secrets.env", "webhook.secret"]);
const END_MS = 10_000;

/** A program that goes on running. */
export interface Program {
  /** All that it printed so far, with the address of the documents. */
  output(): string;
  /** Waits until it has printed something; fails when it ends before, or after some seconds. */
  printed(wanted: (output: string) => boolean, what: string): Promise<void>;
  stop(): Promise<void>;
}

export class Workbench {
  readonly folder = mkdtempSync(join(tmpdir(), "deskwire-docs-"));
  readonly #port: number;
  readonly #receiver: number;
  readonly #programs: Program[] = [];

  private constructor(port: number, receiver: number) {
    this.#port = port;
    this.#receiver = receiver;
    for (const name of readdirSync(ROOT)) if (!OWN.has(name)) symlinkSync(join(ROOT, name), join(this.folder, name));
    symlinkSync(join(ROOT, "dist"), join(this.folder, "dist"));
    copyFileSync(join(ROOT, "wrangler.toml"), join(this.folder, "wrangler.toml"));
  }

  static async make(): Promise<Workbench> {
    return new Workbench(await freePort(), await freePort());
  }

  /** Of the server that a block starts. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  save(name: string, text: string): void {
    writeFileSync(join(this.folder, name), this.#here(text));
  }

  read(name: string): string | null {
    const file = join(this.folder, name);
    return existsSync(file) ? readFileSync(file, "utf8") : null;
  }

  /** Runs a script to its end; answers what it printed on both streams. */
  async run(script: string): Promise<{ readonly code: number | null; readonly output: string }> {
    const program = this.#spawn(script);
    await program.over;
    return { code: program.child.exitCode, output: program.output() };
  }

  /** Starts what does not end by itself; `stop()` or the end of the bench ends it. */
  start(script: string): Program {
    const program = this.#spawn(script);
    this.#programs.push(program);
    return program;
  }

  async clear(): Promise<void> {
    for (const program of this.#programs.splice(0)) await program.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #spawn(script: string) {
    // A group of its own, so that npm and what npm started end together, as by Ctrl-C.
    const child = spawn("bash", ["-euo", "pipefail", "-c", this.#here(script)], {
      cwd: this.folder,
      env: this.#environment(),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const over = once(child, "close");
    const read = () => this.#there(output);
    return { child, over, output: read, printed: (...asked: Asked) => untilPrinted({ child, read }, ...asked), stop: () => end(child, over) };
  }

  #here(text: string): string {
    return text.replaceAll(ADDRESS, `127.0.0.1:${this.#port}`).replaceAll(RECEIVER, String(this.#receiver)).replaceAll(DATA, join(this.folder, "rows"));
  }

  #there(text: string): string {
    return text.replaceAll(`127.0.0.1:${this.#port}`, ADDRESS).replaceAll(join(this.folder, "rows"), DATA);
  }

  /** As in a fresh terminal: without npm's variables and without tokens. `npm start` keeps its data in the folder. */
  #environment(): NodeJS.ProcessEnv {
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith("npm_") && !name.endsWith("_TOKEN") && name !== "INIT_CWD");
    // The Node of this run comes first: the system's may be older than what npx would give.
    const PATH = `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`;
    return { ...Object.fromEntries(own), ...QUIET, PATH, NO_COLOR: "1", PORT: String(this.#port), DATA_DIR: join(this.folder, ".deskwire") };
  }
}

type Asked = Parameters<Program["printed"]>;

const WAIT_MS = 20_000;

async function untilPrinted({ child, read }: { child: ChildProcess; read: () => string }, ...[wanted, what]: Asked): Promise<void> {
  const until = performance.now() + WAIT_MS;
  while (!wanted(read())) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`It ended before it printed ${what}:\n${read()}`);
    if (performance.now() > until) throw new Error(`It did not print ${what} in time:\n${read()}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Ends a program with all that it started. */
async function end(child: ChildProcess, over: Promise<unknown>): Promise<void> {
  const group = -(child.pid as number);
  if (child.exitCode === null && child.signalCode === null) process.kill(group, "SIGTERM");
  const late = setTimeout(() => process.kill(group, "SIGKILL"), END_MS);
  await over;
  clearTimeout(late);
}
