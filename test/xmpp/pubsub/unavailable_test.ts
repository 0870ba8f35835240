import { expect, test } from "vitest";
import { parseDocument, renderUnavailable } from "../../../xmpp/mod.ts";

test("renderUnavailable(): one element with its namespace, and what any name holds", () => {
  const who = { user: 'A"d<a', jid: "a&d@cc1.test", resource: "desk'top", cause: "close", since: 0, until: 60_000 };
  const { element, error } = parseDocument(renderUnavailable(who), { maxDepth: 3 });
  expect(error).toBeUndefined();
  expect(element).toMatchObject({
    name: "unavailable",
    ns: "urn:deskwire:presence",
    attrs: { ...who, since: "1970-01-01T00:00:00.000Z", until: "1970-01-01T00:01:00.000Z" },
  });
});
