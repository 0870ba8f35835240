/**
 * `npm start` with its demo, as a person on a fresh machine has it; and the simulator against a server without one.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, test } from "vitest";

import { DEMO_ACCOUNTS } from "../../tools/demo/accounts.ts";
import { ADMIN, importAccounts, teamNode, userNode } from "./support/accounts.ts";
import { signedIn } from "./support/raw_client.ts";
import { DOMAIN, freePort, startServer, type Variables } from "./support/server.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "deskwire-demo-"));
const DATA_DIR = join(folder, "rows");
const LAST_LINE = "Ctrl-C ends everything.";

const running: Program[] = [];
afterEach(async () => {
  for (const program of running.splice(0)) await program.stop("SIGTERM");
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

interface Program {
  readonly url: string;
  readonly socketUrl: string;
  readonly pid: number;
  output(): string;
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Without tokens and npm's variables: as in a fresh terminal. */
function environment(variables: Variables): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("npm_") && !name.endsWith("_TOKEN"));
  return { ...Object.fromEntries(own), XMPP_DOMAIN: DOMAIN, DATA_DIR, ...variables };
}

/** Runs a tool until it prints a text. */
async function run(command: readonly string[], { variables, until }: { variables: Variables; until: string }): Promise<Program> {
  const child = spawn(process.execPath, command, { cwd: ROOT, env: environment(variables), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const over = once(child, "exit").then(([code]) => code as number | null);
  const program: Program = {
    get url() {
      return /listens on (http:\S+)/.exec(output)?.[1] ?? "";
    },
    get socketUrl() {
      return `${program.url.replace("http:", "ws:")}/ws/`;
    },
    pid: child.pid ?? 0,
    output: () => output,
    stop(signal) {
      if (isRunning(child)) child.kill(signal);
      return over;
    },
  };
  running.push(program);
  await new Promise<void>((printed, failed) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.includes(until)) printed();
      });
    }
    void over.then((code) => failed(new Error(`Ended with ${code}:\n${output}`)));
  });
  return program;
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

async function startDemo(variables: Variables = {}): Promise<Program> {
  return await run(["tools/start.ts"], { variables: { PORT: "0", ...variables }, until: LAST_LINE });
}

/** Runs a start that ends by itself. */
function startAndEnd(variables: Variables, args: readonly string[] = []): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((done) => {
    execFile(
      process.execPath,
      ["tools/start.ts", ...args],
      { cwd: ROOT, env: environment({ PORT: "0", ...variables }), timeout: 30_000 },
      (fault, stdout, stderr) => {
        done({ code: Number(fault?.code ?? 0), output: stdout + stderr });
      },
    );
  });
}

function tokens(): { readonly adminToken: string; readonly publishToken: string } {
  return JSON.parse(readFileSync(join(DATA_DIR, "tokens.json"), "utf8"));
}

/** Asks for a user as the administrator, or deletes it. */
async function user(url: string, { id, method = "GET", authorization }: { id: string; method?: string; authorization: string }): Promise<number> {
  return (await fetch(`${url}/api/v1/users/${id}`, { method, headers: { Authorization: authorization } })).status;
}

/** The process and all that it started. */
function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  return [pid, ...children.flatMap(family)];
}

/** A process that ended and was not waited for yet counts as gone. */
function isGone(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

test("first start: accounts are printed, agents get their events within 30 s, the curl line publishes, SIGINT ends all", async () => {
  const demo = await startDemo();
  for (const { id, password } of DEMO_ACCOUNTS) assert.match(demo.output(), new RegExp(`${id}@${DOMAIN} +${password} `));
  assert.ok(demo.output().includes(`Open ${demo.url}/\n`));
  assert.ok(demo.output().includes(`stored in ${join(DATA_DIR, "tokens.json")}`));
  assert.equal(statSync(join(DATA_DIR, "tokens.json")).mode & 0o777, 0o600);

  const began = performance.now();
  const [agent, lead] = await Promise.all([signedIn(demo, { user: "1001", password: "demo-1001" }), signedIn(demo, { user: "lead1", password: "demo-lead1" })]);
  assert.match(await lead.subscribe(teamNode("1")), /type="result"/);
  assert.match(await lead.subscribe("/finesse/api/Queue/1"), /type="result"/);
  await Promise.all([
    agent.nextMatching(new RegExp(`<items node="${userNode("1001")}">.*&lt;loginId&gt;1001&lt;`), 30_000),
    lead.nextMatching(new RegExp(`<items node="${teamNode("1")}">`), 30_000),
  ]);
  assert.ok(performance.now() - began < 30_000);

  await byHand(demo);
  await agent.nextMatching(/<items node="\/finesse\/api\/User\/1001">.*&lt;data&gt;&lt;user&gt;&lt;state&gt;READY&lt;/);
  const contact = await fetch(`${demo.url}/api/v1/service-contact`, { headers: { Authorization: `Bearer ${tokens().publishToken}` } });
  assert.equal(((await contact.json()) as { available: boolean }).available, true);
  agent.cut();
  lead.cut();

  const all = process.platform === "linux" ? family(demo.pid) : [];
  assert.ok(all.length > 1 || process.platform !== "linux");
  const signalled = performance.now();
  assert.equal(await demo.stop("SIGINT"), 0);
  assert.ok(performance.now() - signalled < 2000, `${performance.now() - signalled} ms`);
  while (!all.every(isGone)) {
    assert.ok(performance.now() - signalled < 3000, `left: ${all.filter((pid) => !isGone(pid))}`);
    await new Promise((done) => setTimeout(done, 20));
  }
  assert.doesNotMatch(demo.output(), /does not answer|refused/);
}, 60_000);

/** Does what the printed curl line says: the shell completes it, and fetch stands in for curl. */
async function byHand(demo: Program): Promise<void> {
  const line = /^curl .*$/m.exec(demo.output())?.[0] ?? "";
  const words = execFileSync("sh", ["-c", `curl() { printf '%s\\0' "$@"; }\n${line}`], { encoding: "utf8" }).split("\0");
  const url = words.find((word) => word.startsWith("http")) ?? "";
  const headers = words.flatMap((word, at) => (words[at - 1] === "-H" ? [word.split(": ") as [string, string]] : []));
  const answer = await fetch(url, { method: "POST", headers, body: words[words.indexOf("--data") + 1] ?? "" });
  assert.equal(answer.status, 201, await answer.text());
}

test("second start: nothing is seeded again", async () => {
  const first = await startDemo();
  const authorization = `Bearer ${tokens().adminToken}`;
  assert.equal(await user(first.url, { id: "1012", authorization }), 200);
  assert.equal(await user(first.url, { id: "1012", method: "DELETE", authorization }), 204);
  assert.equal(await first.stop("SIGTERM"), 0);
  const second = await startDemo();
  assert.equal(await user(second.url, { id: "1012", authorization }), 404);
  assert.equal(await user(second.url, { id: "1011", authorization }), 200);
}, 60_000);

for (const args of [[], ["--no-demo"]]) {
  test(`HOST=0.0.0.0 is refused where the demo accounts are: npm start ${args.join(" ")}`, async () => {
    const { code, output } = await startAndEnd({ HOST: "0.0.0.0" }, args);
    assert.match(output, /^DATA_DIR .* holds the demo accounts.*HOST=0\.0\.0\.0 is refused\.\n.*npm start -- --remove-demo/);
    assert.equal(code, 1);
  });
}

test("a demo is not started beyond loopback, and leaves nothing behind", async () => {
  const other = join(folder, "beyond");
  const { code, output } = await startAndEnd({ HOST: "0.0.0.0", DATA_DIR: other });
  assert.match(output, /HOST=0\.0\.0\.0 is refused\.\nLeave HOST out, or .*--no-demo\n$/);
  assert.deepEqual([code, existsSync(other)], [1, false]);
});

test("a taken port is said plainly", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address() as { port: number };
  const { code, output } = await startAndEnd({ PORT: String(port) });
  holder.close();
  assert.equal(output.trim(), `Port ${port} on 127.0.0.1 is taken. Choose another, for example: PORT=${port + 1} npm start`);
  assert.equal(code, 1);
});

test("--no-demo is quiet, and the accounts stay until --remove-demo takes them away", async () => {
  const given = { DATA_DIR, XMPP_DOMAIN: DOMAIN };
  const before = await startServer(given);
  assert.doesNotMatch(before.output(), /[Dd]emo/);
  (await signedIn(before, { user: "1001", password: "demo-1001" })).cut();
  await before.stop();

  const removed = await startAndEnd({ HOST: "0.0.0.0" }, ["--remove-demo"]);
  assert.match(removed.output, /^The demo accounts are gone from /);
  assert.equal(removed.code, 0);
  assert.equal(existsSync(join(DATA_DIR, "demo.json")), false);

  const after = await startServer(given);
  for (const path of ["users", "teams"]) {
    const list = await fetch(`${after.url}/api/v1/${path}`, { headers: { Authorization: ADMIN } });
    assert.deepEqual(((await list.json()) as { items: unknown[] }).items, []);
  }
  await assert.rejects(signedIn(after, { user: "1001", password: "demo-1001" }), /not-authorized/);
  await after.stop();
  assert.match((await startAndEnd({}, ["--remove-demo"])).output, /^There are no demo accounts/);
}, 60_000);

test("users of one's own are left alone; the simulator plays them, says when the server is gone, and ends by SIGINT", async () => {
  const own = { DATA_DIR: join(folder, "own"), PORT: String(await freePort()) };
  const server = await startServer(own);
  await importAccounts(server);
  const simulator = await run(["tools/simulator.ts", "--url", server.url, "--seed", "7", "--speed", "20", "--agents", "7001,lead1"], {
    variables: { ADMIN_TOKEN: "admin-secret" },
    until: "Simulating 2 people",
  });
  const desk = await signedIn(server, { user: "7001" });
  await desk.nextMatching(/<items node="\/finesse\/api\/User\/7001">/, 30_000);
  desk.cut();
  await server.stop();
  while (!simulator.output().includes("does not answer")) await new Promise((done) => setTimeout(done, 50));
  const again = await startServer(own);
  while (!simulator.output().includes("is back")) await new Promise((done) => setTimeout(done, 50));
  assert.equal(simulator.output().trim().split("\n").length, 3);
  assert.equal(await simulator.stop("SIGINT"), 0);
  await again.stop();

  const { code, output } = await startAndEnd({ ...own, PORT: "0" });
  assert.match(output, /has users of its own, which the demo leaves alone\.\n.*--no-demo/);
  assert.equal(code, 1);
  assert.equal(existsSync(join(own.DATA_DIR, "demo.json")), false);
}, 90_000);

for (const milliseconds of [200, 1000]) {
  test(`SIGINT while it starts, ${milliseconds} ms after the folder is taken, ends all with code 0`, async () => {
    const early = join(folder, `early-${milliseconds}`);
    const child = spawn(process.execPath, ["tools/start.ts"], { cwd: ROOT, env: environment({ PORT: "0", DATA_DIR: early }), stdio: "ignore" });
    while (!existsSync(join(early, "server.pid"))) await new Promise((done) => setTimeout(done, 10));
    await new Promise((done) => setTimeout(done, milliseconds));
    const all = process.platform === "linux" ? family(child.pid ?? 0) : [];
    const signalled = performance.now();
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    assert.ok(performance.now() - signalled < 2000, `${performance.now() - signalled} ms`);
    assert.equal(code, 0);
    while (!all.every(isGone)) {
      assert.ok(performance.now() - signalled < 4000, `left: ${all.filter((pid) => !isGone(pid))}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  });
}
