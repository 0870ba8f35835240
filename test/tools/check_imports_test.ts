/**
 * The import rules, each with a file that keeps it and one that breaks it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { readSources, violationsOf } from "../../tools/check_imports.ts";

const cases = [
  { rule: "saxes in xml/parse.ts", file: "xmpp/xml/parse.ts", keeps: 'import { SaxesParser } from "saxes";' },
  { rule: "saxes nowhere else", file: "xmpp/xml/serialize.ts", breaks: 'import { SaxesParser } from "saxes";' },
  { rule: "xmpp has no platform", file: "xmpp/session/turn.ts", breaks: 'import { env } from "cloudflare:workers";' },
  { rule: "xmpp has no Node", file: "xmpp/address/jid.ts", breaks: 'import { domainToASCII } from "node:url";' },
  {
    rule: "stanza imports downwards",
    file: "xmpp/stanza/stanza.ts",
    keeps: 'import { type Jid } from "../address/jid.ts";',
    breaks: 'import { openOf } from "../stream/framing.ts";',
  },
  {
    rule: "siblings do not meet",
    file: "xmpp/sasl/plain.ts",
    keeps: 'import { decode } from "./base64.ts";',
    breaks: 'import type { StreamError } from "../stream/stream_error.ts";',
  },
  { rule: "session stands above", file: "xmpp/session/turn.ts", keeps: 'import { a } from "../pubsub/event.ts";', breaks: 'import { a } from "../mod.ts";' },
  { rule: "mod.ts re-exports all", file: "xmpp/mod.ts", keeps: 'export { parse } from "./xml/parse.ts";' },
  {
    rule: "the protocol takes types",
    file: "durable/protocol/pump.ts",
    keeps: 'import type { Item } from "../contract.ts";',
    breaks: 'import { item } from "../contract.ts";',
  },
  {
    rule: "the protocol keeps to itself",
    file: "durable/protocol/pump.ts",
    keeps: 'import { compare } from "./position.ts";',
    breaks: 'import { settingsOf } from "../settings.ts";',
  },
  {
    rule: "objects use the front of xmpp",
    file: "durable/node_host.ts",
    keeps: 'import { x } from "../xmpp/mod.ts";\nimport { DurableObject } from "cloudflare:workers";',
    breaks: 'import { x } from "../xmpp/xml/parse.ts";',
  },
  { rule: "Hono stays in the door", file: "durable/node_host.ts", breaks: 'import { Hono } from "hono";' },
  { rule: "the door has Hono", file: "worker/app.ts", keeps: 'import { Hono } from "hono";\nimport { cors } from "hono/cors";' },
  {
    rule: "the door knows the contract",
    file: "worker/upgrade.ts",
    keeps: 'import type { Env } from "../durable/contract.ts";',
    breaks: 'import { Store } from "../durable/store.ts";',
  },
  { rule: "main.ts alone has classes", file: "worker/main.ts", keeps: 'export { NodeHost } from "../durable/node_host.ts";' },
  { rule: "no classes elsewhere", file: "worker/app.ts", breaks: 'import { NodeHost } from "../durable/node_host.ts";' },
  { rule: "no classes behind the back", file: "worker/app.ts", breaks: 'const { NodeHost } = await import("../durable/node_host.ts");' },
  {
    rule: "the client has strophe.js",
    file: "client/link.ts",
    keeps: 'import { Strophe } from "strophe.js";',
    breaks: 'import { signal } from "@preact/signals";',
  },
  { rule: "the client has nothing of the server", file: "client/stanzas.ts", breaks: 'import { readMark } from "../xmpp/mod.ts";' },
  {
    rule: "pages use the front of the client",
    file: "web/desk/session.ts",
    keeps: 'import { Client } from "../../client/mod.ts";',
    breaks: 'import { Link } from "../../client/link.ts";',
  },
  {
    rule: "pages use the front of the explainer",
    file: "web/desk/session.ts",
    keeps: 'import { explain } from "../../explain/mod.ts";',
    breaks: 'import { explain } from "../../explain/explainer.ts";',
  },
  {
    rule: "the explainer has the language alone",
    file: "explain/frame.ts",
    keeps: 'import { parseFrame } from "../xmpp/mod.ts";',
    breaks: 'import { readFileSync } from "node:fs";',
  },
  {
    rule: "the command line uses the fronts of the explainer and the language",
    file: "cli/explain.ts",
    keeps: 'import { explain } from "../explain/mod.ts";\nimport { parseFrame } from "../xmpp/mod.ts";\nimport { readFileSync } from "node:fs";',
    breaks: 'import { explain } from "../explain/explainer.ts";',
  },
  {
    rule: "commander stays in one file",
    file: "cli/program.ts",
    keeps: 'import { Command } from "commander";\nimport { explainFile } from "./explain.ts";',
  },
  { rule: "commander nowhere else", file: "cli/doctor.ts", breaks: 'import { Command } from "commander";' },
  { rule: "pages have nothing of the server", file: "web/desk/desk.tsx", breaks: 'import { readMark } from "../../xmpp/mod.ts";' },
  { rule: "SQL in store.ts", file: "durable/node_host/store.ts", keeps: 'this.#store.read("SELECT 1");' },
  { rule: "no SQL elsewhere", file: "durable/node_host.ts", breaks: 'this.#store.write("INSERT INTO t VALUES (1)");' },
  { rule: "no SQL that begins on the next line", file: "durable/node_host.ts", breaks: "this.#store.read(`\n  SELECT 1`);" },
  { rule: "no way around the store", file: "durable/node_host.ts", breaks: "ctx.storage.sql.exec(text);" },
  { rule: "sockets in the manager", file: "durable/connection_manager.ts", keeps: "const pair = new WebSocketPair();" },
  { rule: "sockets in its folder", file: "durable/connection_manager/sockets.ts", keeps: "ctx.acceptWebSocket(server);" },
  { rule: "no sockets elsewhere", file: "worker/upgrade.ts", breaks: "const pair = new WebSocketPair();" },
  { rule: "comments are free", file: "durable/node_host.ts", keeps: '/* import { Hono } from "hono"; */\n// import "hono"\n/** `SELECT 1` */' },
  { rule: "imports over many lines", file: "worker/app.ts", breaks: 'import {\n  a,\n  b,\n} from "../durable/node_host/store.ts";' },
];

for (const { rule, file, keeps, breaks } of cases) {
  test(`violationsOf(): ${rule}`, () => {
    if (keeps) assert.deepEqual(violationsOf(new Map([[file, keeps]])), []);
    if (breaks) assert.equal(violationsOf(new Map([[file, breaks]])).length, 1);
  });
}

test("violationsOf(): names file and line", () => {
  assert.deepEqual(violationsOf(new Map([["worker/app.ts", '/** Doc. */\n\nimport { Store } from "../durable/store.ts";\n']])), [
    "worker/app.ts:3: may not import durable/store.ts",
  ]);
});

test("the project keeps its rules", () => {
  const sources = readSources(new URL("../../", import.meta.url).pathname);
  assert.ok(sources.size > 50);
  assert.deepEqual(violationsOf(sources), []);
});
