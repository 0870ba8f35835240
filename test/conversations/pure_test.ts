/** Plays every conversation on the pure core, with a shell that answers from a table. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FakeShell } from "./fake_shell.ts";
import { parseConversation, play } from "./format.ts";

const here = new URL("./", import.meta.url);
const names = readdirSync(here)
  .filter((name) => name.endsWith(".txt"))
  .sort();

for (const name of names) {
  const conversation = parseConversation(readFileSync(new URL(name, here), "utf8"));
  test(`conversation ${name.replace(".txt", "")}: ${conversation.headings.join(", ")}`, async () => {
    const settings = Object.fromEntries([...conversation.settings].map(([key, value]) => [key, /^\d+$/.test(value) ? Number(value) : value]));
    await play(conversation, new FakeShell(settings));
    expect(conversation.steps.length).toBeGreaterThan(1);
  });
}

test("T-01 the seed document's conversation has its headings in its order", () => {
  const { headings } = parseConversation(readFileSync(new URL("login.txt", here), "utf8"));
  expect(headings.slice(0, 6)).toEqual(["open", "auth", "bind", "presence", "subscribe user", "subscribe team"]);
});

test("a line that is none is told by its number", () => {
  expect(() => parseConversation("# a\n\ndesk shouts")).toThrow("Line 3");
});

test("a frame that differs is told by its line", async () => {
  const conversation = parseConversation('# open\ndesk sends: <a/>\ndesk receives: <open xmlns="urn:ietf:params:xml:ns:xmpp-framing" id="{any}"/>');
  await expect(play(conversation, new FakeShell())).rejects.toThrow(/Line 3 \(open\).*attribute from/s);
});
