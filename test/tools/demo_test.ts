/**
 * The demo contact centre as data, its tokens and its marker.
 *
 * @module
 */

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "vitest";

import { DEMO_ACCOUNTS, DEMO_TEAMS } from "../../tools/demo/accounts.ts";
import { prepareDemo } from "../../tools/demo/demo.ts";
import { describe as lines } from "../../tools/demo/describe.ts";
import { refuseBeyondLoopback } from "../../tools/demo/loopback.ts";
import { deleteMarker, readMarker, writeMarker } from "../../tools/demo/marker.ts";
import { takeTokens } from "../../tools/demo/tokens.ts";
import { Problem } from "../../tools/start/problem.ts";
import { decodeLine } from "../../worker/api/decode.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deskwire-demo-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("three teams, a dozen agents, two supervisors, a publisher; ids and passwords are unique", () => {
  const count = (role: string) => DEMO_ACCOUNTS.filter((account) => account.role === role).length;
  assert.deepEqual([DEMO_TEAMS.length, count("agent"), count("supervisor"), count("publisher"), count("admin")], [3, 12, 2, 1, 0]);
  for (const of of ["id", "password", "name"] as const) assert.equal(new Set(DEMO_ACCOUNTS.map((account) => account[of])).size, DEMO_ACCOUNTS.length);
});

test("every agent is in one team, every team has agents and a supervisor, and the roles are right", () => {
  const roleOf = (id: string) => DEMO_ACCOUNTS.find((account) => account.id === id)?.role;
  const members = DEMO_TEAMS.flatMap((team) => team.members);
  assert.deepEqual(
    [...members].sort(),
    DEMO_ACCOUNTS.filter(({ role }) => role === "agent").map(({ id }) => id),
  );
  for (const { id, members, supervisors } of DEMO_TEAMS) {
    assert.ok(members.length > 0 && supervisors.length > 0, id);
    assert.ok(members.every((member) => roleOf(member) === "agent" && DEMO_ACCOUNTS.find((account) => account.id === member)?.team === id));
    assert.ok(supervisors.every((supervisor) => roleOf(supervisor) === "supervisor"));
  }
});

test("the API's import understands every line", () => {
  for (const { team: _, ...account } of DEMO_ACCOUNTS) assert.equal(decodeLine({ kind: "user", ...account }).errors, undefined);
  for (const team of DEMO_TEAMS) assert.equal(decodeLine({ kind: "team", ...team }).errors, undefined);
});

test("takeTokens(): random ones are made once, for the owner's eyes", () => {
  const first = takeTokens(folder, {});
  assert.ok(first.adminToken.length >= 32 && first.publishToken.length >= 32 && first.adminToken !== first.publishToken);
  assert.equal(statSync(first.file ?? "").mode & 0o777, 0o600);
  assert.deepEqual(takeTokens(folder, {}), first);
  assert.deepEqual(readdirSync(folder), ["tokens.json"]);
});

test("takeTokens(): those of the environment are taken, and not stored", () => {
  assert.deepEqual(takeTokens(folder, { ADMIN_TOKEN: "a", PUBLISH_TOKEN: "p" }), {
    adminToken: "a",
    publishToken: "p",
    file: null,
    given: { admin: true, publish: true },
  });
  assert.deepEqual(readdirSync(folder), []);
  const mixed = takeTokens(folder, { ADMIN_TOKEN: "given" });
  assert.equal(mixed.adminToken, "given");
  assert.ok(!readFileSync(join(folder, "tokens.json"), "utf8").includes("given"));
  assert.throws(() => takeTokens(folder, { ADMIN_TOKEN: mixed.publishToken }), Problem);
});

test("takeTokens(): a damaged file is said plainly", () => {
  for (const text of ["", "{}", '{"adminToken":"a b","publishToken":"p"}']) {
    writeFileSync(join(folder, "tokens.json"), text);
    assert.throws(() => takeTokens(folder, {}), /Delete it; the next start makes new ones/);
  }
});

test("readMarker(): what was written, nothing, or a plain word", () => {
  assert.equal(readMarker(folder), undefined);
  assert.equal(readMarker(join(folder, "missing")), undefined);
  writeMarker(folder, { "demo.test": "seeding" });
  assert.deepEqual(readMarker(folder), { "demo.test": "seeding" });
  deleteMarker(folder);
  assert.equal(readMarker(folder), undefined);
  writeFileSync(join(folder, "demo.json"), "{");
  assert.throws(() => readMarker(folder), /damaged/);
});

const hosts = [
  { host: "127.0.0.1", marker: true, demo: true, refused: false },
  { host: "127.8.8.8", marker: true, demo: true, refused: false },
  { host: "::1", marker: true, demo: false, refused: false },
  { host: "localhost", marker: true, demo: true, refused: false },
  { host: "0.0.0.0", marker: false, demo: false, refused: false },
  { host: "0.0.0.0", marker: false, demo: true, refused: true },
  { host: "0.0.0.0", marker: true, demo: false, refused: true },
  { host: "::", marker: true, demo: true, refused: true },
  { host: "*", marker: true, demo: false, refused: true },
  { host: "192.0.2.7", marker: true, demo: true, refused: true },
  { host: "127.example.com", marker: true, demo: true, refused: true },
  { host: "::ffff:192.0.2.7", marker: true, demo: true, refused: true },
];
for (const { host, marker, demo, refused } of hosts) {
  test(`refuseBeyondLoopback(): ${host}, ${marker ? "demo accounts" : "none"}, ${demo ? "demo" : "--no-demo"}: ${refused ? "refused" : "allowed"}`, () => {
    if (marker) writeMarker(folder, { localhost: "seeding" });
    const ask = () => refuseBeyondLoopback({ host, demo, dataDir: folder });
    if (refused) assert.throws(ask, /is refused\.[\s\S]*npm start -- --no-demo/);
    else ask();
  });
}

test("prepareDemo(): tells the Worker its tokens and who may sign in", () => {
  const { domain, variables } = prepareDemo({ dataDir: folder, variables: { XMPP_DOMAIN: "a.test, b.test", PUBLISH_TOKEN: "p" } });
  assert.deepEqual([domain, variables.PUBLISH_TOKEN], ["a.test", "p"]);
  const shown = JSON.parse(variables.DEMO_ACCOUNTS ?? "") as { domain: string; accounts: unknown[] };
  assert.deepEqual(shown, { domain: "a.test", accounts: DEMO_ACCOUNTS });
  assert.deepEqual(shown.accounts[0], { id: "1001", password: "demo-1001", name: "Ada Moreno", role: "agent", team: "1" });
});

test("describe(): names everybody with the password, and prints no token", () => {
  const tokens = takeTokens(folder, {});
  const text = lines({ url: "http://127.0.0.1:8787", domain: "demo.test", tokens }).join("\n");
  for (const { id, password } of DEMO_ACCOUNTS) assert.match(text, new RegExp(`${id}@demo\\.test +${password} `));
  assert.match(text, /Open http:\/\/127\.0\.0\.1:8787\//);
  assert.ok(!text.includes(tokens.adminToken) && !text.includes(tokens.publishToken));
});
