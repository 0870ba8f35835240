/**
 * The settings of `npm start`, without starting anything.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { agentsCarried } from "../../tools/start/open_files.ts";
import { readOptions, urlOf } from "../../tools/start/options.ts";
import { Problem } from "../../tools/start/problem.ts";

test("readOptions(): the defaults", () => {
  const { host, port, dataDir, demo, variables, warnings } = readOptions(["--no-demo"], {});
  assert.deepEqual({ host, port, demo, variables, warnings }, { host: "127.0.0.1", port: 8787, demo: false, variables: {}, warnings: [] });
  assert.match(dataDir, /[\\/]\.deskwire$/);
});

test("readOptions(): passes on what the Worker knows, and nothing else", () => {
  const environment = {
    XMPP_DOMAIN: "a.test",
    ADMIN_TOKEN: "t1",
    PUBLISH_TOKEN: "t2",
    MAX_DEPTH: "9",
    WIRE_PROFILE: "finesse-strict",
    HOME: "/root",
    PUBLIC_URL: "",
  };
  assert.deepEqual(readOptions([], environment).variables, {
    XMPP_DOMAIN: "a.test",
    ADMIN_TOKEN: "t1",
    PUBLISH_TOKEN: "t2",
    MAX_DEPTH: "9",
    WIRE_PROFILE: "finesse-strict",
  });
});

test("readOptions(): empty variables count as absent", () => {
  const { host, port } = readOptions([], { HOST: "", PORT: "", DATA_DIR: "" });
  assert.deepEqual({ host, port }, { host: "127.0.0.1", port: 8787 });
});

test("readOptions(): under npm a relative DATA_DIR counts from where the person stands", () => {
  assert.equal(readOptions([], { DATA_DIR: "rows", INIT_CWD: "/home/ada", npm_lifecycle_event: "start" }).dataDir, "/home/ada/rows");
});

const warned = [
  { given: { HOST: "0.0.0.0" }, warns: true },
  { given: { HOST: "192.0.2.7" }, warns: true },
  { given: { HOST: "0.0.0.0", ADMIN_TOKEN: "t" }, warns: false },
  { given: { HOST: "::1" }, warns: false },
  { given: { HOST: "localhost" }, warns: false },
];
for (const { given, warns } of warned) {
  test(`readOptions(): ${JSON.stringify(given)} ${warns ? "warns" : "is quiet"}`, () => {
    assert.equal(readOptions([], given).warnings.length, warns ? 1 : 0);
  });
}

for (const given of [
  { PORT: "-1" },
  { PORT: "65536" },
  { PORT: "x" },
  { MAX_DEPTH: "1.5" },
  { ADMIN_TOKEN: "same", PUBLISH_TOKEN: "same" },
  { XMPP_DOMAIN: "," },
]) {
  test(`readOptions(): ${JSON.stringify(given)} is a problem`, () => {
    assert.throws(() => readOptions([], given), Problem);
  });
}

test("urlOf(): what a client on this machine can open", () => {
  assert.equal(urlOf("127.0.0.1", 8787), "http://127.0.0.1:8787");
  assert.equal(urlOf("::1", 8787), "http://[::1]:8787");
  assert.equal(urlOf("0.0.0.0", 1), "http://localhost:1");
});

test("agentsCarried(): four files an agent, besides our own", () => {
  assert.deepEqual([20_000, 1024, 300].map(agentsCarried), [4875, 131, 0]);
});
