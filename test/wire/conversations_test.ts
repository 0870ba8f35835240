/**
 * Every conversation over real sockets: those that need settings of their own, on servers that have them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "vitest";

import { type Conversation, type Desk, parseConversation, play, type Stage } from "../conversations/format.ts";
import { PUBLISHER } from "./support/accounts.ts";
import { type Bench, onBothServers } from "./support/bench.ts";
import type { RawClient } from "./support/raw_client.ts";
import type { Variables } from "./support/server.ts";

const QUIET_MS = 200;
const folder = new URL("../conversations/", import.meta.url);

interface Named {
  readonly name: string;
  readonly conversation: Conversation;
}

const conversations: readonly Named[] = readdirSync(folder)
  .filter((file) => file.endsWith(".txt"))
  .sort()
  .map((file) => ({ name: file.replace(".txt", ""), conversation: parseConversation(readFileSync(new URL(file, folder), "utf8")) }));

const bySettings = Map.groupBy(conversations, ({ conversation }) => JSON.stringify(variablesOf(conversation)));

for (const [settings, group] of bySettings) {
  describe(settings === "{}" ? "usual settings" : settings, () => {
    onBothServers((bench) => {
      for (const { name, conversation } of group) test(`conversation ${name}`, () => play(conversation, stageOf(bench)));
    }, JSON.parse(settings) as Variables);
  });
}

/** `profile` is WIRE_PROFILE, `maxDepth` MAX_DEPTH. */
function variablesOf({ settings }: Conversation): Variables {
  const nameOf = (setting: string) => (setting === "profile" ? "WIRE_PROFILE" : setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return Object.fromEntries([...settings].map(([setting, value]) => [nameOf(setting), value]));
}

function stageOf(bench: Bench): Stage {
  return {
    connect: async () => deskOf(await bench.connect()),
    async publish(node, payload) {
      const answer = await fetch(`${bench.server.url}/api/v1/nodes/${encodeURIComponent(node)}/items`, {
        method: "POST",
        headers: { Authorization: PUBLISHER, "Content-Type": "application/json" },
        body: JSON.stringify({ payload }),
      });
      assert.equal(answer.status, 201, await answer.text());
    },
  };
}

function deskOf(client: RawClient): Desk {
  return {
    send: (frame) => client.send(frame),
    next: () => client.next(),
    break: () => client.cut(),
    quiet: () => client.everythingFor(QUIET_MS),
    closed: async () => (await client.closed()).code,
  };
}
