/**
 * `npm start` itself: what it prints, what it refuses, how it ends, what it keeps.
 *
 * @module
 */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, test } from "vitest";

import { importAccounts, teamNode } from "./support/accounts.ts";
import { publish, update } from "./support/publish.ts";
import { signedIn } from "./support/raw_client.ts";
import { freePort, startServer } from "./support/server.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const START = join(ROOT, "tools/start.ts");
const folder = mkdtempSync(join(tmpdir(), "deskwire-start-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

test("says how many agents the open files carry, and where it listens", async () => {
  const server = await startServer();
  const [, limit, agents] = /Open files: (\d+), enough for (\d+) agents awake at once\./.exec(server.output()) ?? [];
  assert.equal(Number(agents), Math.floor((Number(limit) - 500) / 4));
  assert.match(server.output(), /Deskwire listens on http:\/\/127\.0\.0\.1:\d+ \(XMPP domains cc1\.acme\.test, other\.test\)/);
  assert.equal(await server.stop(), 0);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`${signal} ends everything with code 0, and the port is free again`, async () => {
    const server = await startServer();
    assert.equal(await server.stop(signal), 0);
    await assertFree(server.url);
  });
}

test("users, teams and passwords outlive a restart", async () => {
  const DATA_DIR = join(folder, "kept");
  const first = await startServer({ DATA_DIR });
  await importAccounts(first);
  await first.stop();
  const second = await startServer({ DATA_DIR });
  const desk = await signedIn(second, { user: "7001" });
  assert.match(await desk.subscribe(teamNode("42")), /subscription="subscribed"/);
  await publish(second, teamNode("42"), update("after"));
  assert.match(await desk.nextMatching(/^<message /), /after/);
  desk.cut();
  await second.stop();
});

test("workerd does not outlive a killed server, and its folder can be used again", async () => {
  const DATA_DIR = join(folder, "killed");
  const first = await startServer({ DATA_DIR });
  await importAccounts(first);
  await first.stop("SIGKILL");
  await assertFree(first.url);
  const second = await startServer({ DATA_DIR });
  (await signedIn(second, { user: "7001" })).cut();
  await second.stop();
});

test("several run beside one another, but not on one folder", async () => {
  const DATA_DIR = join(folder, "shared");
  const [one, other] = await Promise.all([startServer({ DATA_DIR }), startServer()]);
  assert.notEqual(one.url, other.url);
  const third = await run({ DATA_DIR, PORT: "0" });
  assert.match(third.output, /DATA_DIR .* is in use by process \d+/);
  assert.equal(third.code, 1);
  await Promise.all([one.stop(), other.stop()]);
});

test("a taken port is said plainly", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address() as { port: number };
  const { code, output } = await run({ PORT: String(port) });
  holder.close();
  assert.equal(output.trim(), `Port ${port} on 127.0.0.1 is taken. Choose another, for example: PORT=${port + 1} npm start`);
  assert.equal(code, 1);
});

const refusals = [
  { given: { PORT: "80a" }, says: /^PORT must be a number/ },
  { given: { HOST: "203.0.113.1", PORT: "0" }, says: /^HOST must be an address of this machine/ },
  { given: { MAX_DEPTH: "many" }, says: /^MAX_DEPTH must be a whole number/ },
  { given: { SCRAM_ITERATIONS: "1" }, says: /^SCRAM_ITERATIONS must be from 4096/ },
  { given: { WIRE_PROFILE: "closed" }, says: /^WIRE_PROFILE must be one of/ },
  { given: { PUBLIC_URL: "desk.example.com" }, says: /^PUBLIC_URL must be/ },
];
for (const { given, says } of refusals) {
  test(`a wrong setting is said plainly: ${JSON.stringify(given)}`, async () => {
    const { code, output } = await run(given);
    assert.match(output, says);
    assert.equal(output.trim().split("\n").length, 1);
    assert.equal(code, 1);
  });
}

test("an unknown argument is said plainly", async () => {
  const { code, output } = await run({}, ["--demo"]);
  assert.match(output, /^Unknown argument --demo\./);
  assert.equal(code, 1);
});

test("`npm start` seeds the demo and prints its accounts, and ends when npm was killed, even without a signal passed on", async () => {
  const port = await freePort();
  const variables = { PORT: String(port), DATA_DIR: join(folder, "npm") };
  const npm = spawn("npm", ["start"], { cwd: ROOT, env: environment(variables), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for await (const text of npm.stdout.setEncoding("utf8")) {
    output += String(text);
    if (output.includes("Ctrl-C ends everything.")) break;
  }
  npm.kill("SIGKILL");
  assert.match(output, /1001@localhost +demo-1001/);
  await assertFree(`http://127.0.0.1:${port}`);
});

/** Runs to the end, from another folder. */
function run(
  variables: Readonly<Record<string, string>>,
  args: readonly string[] = ["--no-demo"],
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((done) => {
    const options = { cwd: tmpdir(), env: environment({ DATA_DIR: join(folder, "refused"), ...variables }), timeout: 20_000 };
    execFile(process.execPath, [START, ...args], options, (fault, stdout, stderr) => {
      done({ code: Number(fault?.code ?? 0), output: stdout + stderr });
    });
  });
}

/** Without what npm told the tests. */
function environment(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("npm_") && name !== "INIT_CWD");
  return { ...Object.fromEntries(own), ...variables };
}

async function assertFree(url: string): Promise<void> {
  const until = performance.now() + 5000;
  while (
    await fetch(`${url}/livez`).then(
      (answer) => answer.ok,
      () => false,
    )
  ) {
    if (performance.now() > until) throw new Error(`${url} still answers`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
