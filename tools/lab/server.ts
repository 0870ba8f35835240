/**
 * A server of the lab's own: `npm start` without its demo, on a free port, with rows that go with it.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Problem } from "../start/problem.ts";
import type { Target } from "./run.ts";
import { TRANSPORTS } from "./transports.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const READY_MS = 60_000;
const READY = /Deskwire listens on http:\/\/[^:]+:(\d+)/;

/** People of the lab, and their team. */
const PASSWORD = randomBytes(12).toString("hex");
export const LAB_NODE = "/finesse/api/Team/1/Users";
const userOf = (transport: string): string => `lab-${transport}`;

/** Starts a server, runs what is to be run against it, and ends it. */
export async function withServer<T>(work: (target: Target) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "deskwire-lab-"));
  const tokens = { ADMIN_TOKEN: randomBytes(24).toString("hex"), PUBLISH_TOKEN: randomBytes(24).toString("hex") };
  const environment = { PATH: process.env.PATH, HOST: "127.0.0.1", PORT: "0", DATA_DIR: folder, ...tokens };
  const child = spawn(process.execPath, ["tools/start.ts", "--no-demo"], { cwd: ROOT, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const over = new Promise<void>((ended) => child.once("exit", () => ended()));
  const end = () => child.kill();
  process.once("exit", end);
  try {
    const port = await portOf(child.stdout, child.stderr, over);
    await importPeople(port, tokens.ADMIN_TOKEN);
    return await work({ port, node: LAB_NODE, domain: "localhost", token: tokens.PUBLISH_TOKEN, password: PASSWORD, userOf });
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
    const fail = () => failed(new Problem(`The lab's server did not start:\n${output}`));
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

async function importPeople(port: number, token: string): Promise<void> {
  const ids = TRANSPORTS.map(({ name }) => userOf(name));
  const users = ids.map((id) => ({ kind: "user", id, password: PASSWORD, role: "agent", name: id }));
  const lines = [...users, { kind: "team", id: "1", name: "Lab", members: ids, supervisors: [] }];
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/import`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/x-ndjson" },
    body: lines.map((line) => JSON.stringify(line)).join("\n"),
  });
  const text = await answer.text();
  if (!answer.ok || text.includes('"status":"error"')) throw new Error(`The lab's people were not made: ${answer.status} ${text}`);
}
