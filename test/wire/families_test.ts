/**
 * A table of families given to a whole server: a good one is in force, a bad one starts nothing and answers nothing.
 *
 * @module
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, test } from "vitest";

import { importAccounts } from "./support/accounts.ts";
import { publish, update } from "./support/publish.ts";
import { signedIn } from "./support/raw_client.ts";
import { DOMAIN, SERVERS, startServer, startWrangler } from "./support/server.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "deskwire-families-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const GOOD = `{
  "creators": "users",
  "families": [
    { "name": "seat", "pattern": "/acme/seats/{user}", "subscribers": "owner", "automatic": true },
    { "name": "line", "pattern": "/acme/lines/{id}", "subscribers": "anyone", "coalesceMs": 300 }
  ]
}`;
const BAD = GOOD.replace('"owner"', '"team"').replace("300", "3");
const mistakes = (source: string) => [
  `${source}:4: subscribers is team, and the pattern has no {team}`,
  `${source}:4: automatic needs the subscribers owner or anyone, not team`,
  `${source}:5: coalesceMs, if not 0, must be a whole number from 50 to 60000, not 3`,
];

async function start(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const environment = { ...process.env, HOST: "127.0.0.1", PORT: "0", DATA_DIR: join(folder, "rows"), ...variables };
  const ran = promisify(execFile)(process.execPath, [join(ROOT, "tools/start.ts"), ...args], { cwd: folder, env: environment });
  return await ran.then(
    () => assert.fail("It ended well"),
    (ended: { code: number; stderr: string; stdout: string }) => ended,
  );
}

describe("npm start", () => {
  for (const [how, args, variables] of [
    ["--families", ["--no-demo", "--families", "bad.json"], {}],
    ["--families=", ["--families=bad.json", "--no-demo"], {}],
    ["FAMILIES_FILE", ["--no-demo"], { FAMILIES_FILE: "bad.json" }],
  ] as const) {
    test(`${how}: a bad table is told with file and lines, and nothing starts`, async () => {
      writeFileSync(join(folder, "bad.json"), BAD);
      const { code, stderr, stdout } = await start(args, variables);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.deepEqual(stderr.trim().split("\n"), mistakes("bad.json"));
    });
  }

  test("a bad variable is told in its name", async () => {
    const { code, stderr } = await start(["--no-demo"], { FAMILIES: BAD });
    assert.deepEqual([code, stderr.trim().split("\n")], [1, mistakes("FAMILIES")]);
  });

  test("a file that is not there, none, and one too many are said", async () => {
    writeFileSync(join(folder, "good.json"), GOOD);
    assert.match((await start(["--no-demo", "--families", "none.json"])).stderr, /cannot be read: ENOENT.*none\.json/);
    assert.match((await start(["--families", "--no-demo"])).stderr, /--families needs a file/);
    assert.match((await start(["--no-demo", "--families", "good.json"], { FAMILIES: GOOD })).stderr, /one of them must go/);
  });

  test("the demo needs the nodes that it plays on", async () => {
    writeFileSync(join(folder, "good.json"), GOOD);
    assert.match((await start(["--families", "good.json"])).stderr, /the table of families has no \/finesse\/api\/User\/\{user\}/);
  });
});

test("npm run dev: a bad file starts nothing", async () => {
  writeFileSync(join(folder, "bad.json"), BAD);
  const environment = { ...process.env, INIT_CWD: folder };
  const ran = promisify(execFile)(process.execPath, [join(ROOT, "tools/dev.ts"), "--families", "bad.json"], { cwd: ROOT, env: environment });
  const ended = await ran.then(
    () => assert.fail("It ended well"),
    (each: { code: number; stderr: string }) => each,
  );
  assert.deepEqual([ended.code, ended.stderr.trim().split("\n")], [1, mistakes("bad.json")]);
});

for (const { name, start: serve } of SERVERS) {
  test(`${name}: a table is in force for placing, rights, creation, catching up and HTTP`, async () => {
    const server = await serve({ FAMILIES: GOOD });
    try {
      await importAccounts(server);
      const desk = await signedIn(server, { user: "7001" });
      await publish(server, "/acme/seats/7001", update("mine"));
      const message = await desk.nextMatching(/^<message /);
      assert.match(message, /mine/);
      assert.match(message, new RegExp(` to="7001@${DOMAIN}"`));
      assert.match(await desk.subscribe("/acme/seats/7002"), /<forbidden/);
      assert.match(await desk.subscribe("/finesse/api/User/7001"), /<item-not-found/);
      const iq = `<iq xmlns="jabber:client" type="set" id="c1" to="pubsub.${DOMAIN}"><pubsub xmlns="http://jabber.org/protocol/pubsub"><create node="/rooms/1"/></pubsub></iq>`;
      desk.send(iq);
      assert.match(await desk.nextMatching(/id="c1"/), /type="result"/);

      await publish(server, "/acme/lines/1", update("1"));
      assert.match(await desk.subscribe("/acme/lines/1"), /subscription="subscribed"/);
      await new Promise((done) => setTimeout(done, 350));
      for (const text of ["2", "3", "4"]) await publish(server, "/acme/lines/1", update(text));
      for (const text of ["2", "4"]) assert.match(await desk.nextMatching(/^<message /), new RegExp(`&lt;requestId&gt;${text}&lt;`));
      desk.cut();
    } finally {
      await server.stop();
    }
  });
}

test("wrangler dev: with a bad table every request is a problem with the lines", async () => {
  const server = await startWrangler({ FAMILIES: BAD });
  try {
    for (const path of ["/livez", "/", "/ws/", "/.well-known/host-meta", "/api/v1/users", "/nothing"]) {
      const answer = await fetch(`${server.url}${path}`);
      const body = (await answer.json()) as Record<string, unknown>;
      assert.equal(answer.status, 500, path);
      assert.equal(answer.headers.get("Content-Type"), "application/problem+json");
      assert.deepEqual([body.code, String(body.detail).split("\n")], ["misconfigured", mistakes("FAMILIES")]);
    }
  } finally {
    await server.stop();
  }
});

test("npm start: a good file is in force", async () => {
  writeFileSync(join(folder, "good.json"), GOOD);
  const server = await startServer({ FAMILIES_FILE: join(folder, "good.json") });
  try {
    await importAccounts(server);
    await publish(server, "/acme/seats/7001", update("x"));
    const answer = await fetch(`${server.url}/api/v1/nodes/%2Fdeskwire%2Fpresence/items`, {
      method: "POST",
      body: "<a/>",
      headers: { Authorization: "Bearer publish-secret", "Content-Type": "application/xml" },
    });
    assert.equal(answer.status, 422);
  } finally {
    await server.stop();
  }
});
