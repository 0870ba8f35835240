/**
 * A server of a tool's own: `npm start` without its demo, on a free port, with rows that go with it.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Problem } from "./start/problem.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const READY_MS = 60_000;
const READY = /Deskwire listens on http:\/\/[^:]+:(\d+)/;
/** Lines of one import, at most. */
const IMPORT_LINES = 10_000;

export interface OwnServer {
  /** On loopback. */
  readonly port: number;
  /** Of the process that was started; workerd is below it. */
  readonly pid: number;
  readonly adminToken: string;
  readonly publishToken: string;
}

/** Starts a server, does what is to be done with it, and ends it. */
export async function withOwnServer<T>(variables: Readonly<Record<string, string>>, work: (server: OwnServer) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "deskwire-own-"));
  const tokens = { ADMIN_TOKEN: randomBytes(24).toString("hex"), PUBLISH_TOKEN: randomBytes(24).toString("hex") };
  const environment = { PATH: process.env.PATH, HOST: "127.0.0.1", PORT: "0", DATA_DIR: folder, ...variables, ...tokens };
  const child = spawn(process.execPath, ["tools/start.ts", "--no-demo"], { cwd: ROOT, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const over = new Promise<void>((ended) => child.once("exit", () => ended()));
  const end = () => child.kill();
  process.once("exit", end);
  try {
    const port = await portOf(child.stdout, child.stderr, over);
    return await work({ port, pid: child.pid ?? 0, adminToken: tokens.ADMIN_TOKEN, publishToken: tokens.PUBLISH_TOKEN });
  } finally {
    process.off("exit", end);
    end();
    await over;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The port that the server says it listens on. */
async function portOf(stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream, over: Promise<void>): Promise<number> {
  let output = "";
  return await new Promise((found, failed) => {
    const fail = () => failed(new Problem(`The server did not start:\n${output}`));
    const late = setTimeout(fail, READY_MS);
    void over.then(fail);
    for (const stream of [stdout, stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const port = READY.exec(output)?.[1];
        if (port === undefined) return;
        clearTimeout(late);
        found(Number(port));
      });
    }
  });
}

/** Imports users and teams. */
export async function importPeople({ port, adminToken }: Pick<OwnServer, "port" | "adminToken">, lines: readonly object[]): Promise<void> {
  for (let at = 0; at < lines.length; at += IMPORT_LINES) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/import`, {
      method: "POST",
      headers: { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/x-ndjson" },
      body: lines
        .slice(at, at + IMPORT_LINES)
        .map((line) => JSON.stringify(line))
        .join("\n"),
    });
    const text = await answer.text();
    if (!answer.ok || text.includes('"status":"error"')) throw new Problem(`Its people were not made: ${answer.status} ${text}`);
  }
}
