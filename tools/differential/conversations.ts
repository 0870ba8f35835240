/**
 * The conversations that are played: those of Deskwire's own tests, those between users, and those written for this.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Conversation, parseConversation } from "../../test/conversations/format.ts";

export interface Named {
  /** Path below `test/` without what is the same for all: `bad_dtd`, `users/chat`, `differential/iq_without_id`. */
  readonly name: string;
  readonly conversation: Conversation;
}

const TESTS = fileURLToPath(new URL("../../test/", import.meta.url));
const FOLDERS = { "": "conversations", "users/": "conversations/users", "differential/": "differential/conversations" };
const NOT_PLAYED = join(TESTS, "differential/not_played.txt");

export function readConversations(): readonly Named[] {
  return Object.entries(FOLDERS).flatMap(([prefix, folder]) =>
    readdirSync(join(TESTS, folder))
      .filter((file) => file.endsWith(".txt"))
      .sort()
      .map((file) => ({ name: prefix + file.replace(".txt", ""), conversation: parseConversation(readFileSync(join(TESTS, folder, file), "utf8")) })),
  );
}

/** Conversation → why it can be played on Deskwire alone. */
export function readNotPlayed(): ReadonlyMap<string, string> {
  const lines = readFileSync(NOT_PLAYED, "utf8").split("\n");
  const rows = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(" | "));
  return new Map(rows.map(([name = "", reason = ""]) => [name, reason]));
}
