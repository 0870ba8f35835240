import { expect, test } from "vitest";
import { renderFailure } from "../../../xmpp/sasl/failure.ts";

const NS = "urn:ietf:params:xml:ns:xmpp-sasl";

test("renderFailure(): C-36 §6.4.5 names a condition", () => {
  expect(renderFailure({ condition: "not-authorized" })).toBe(`<failure xmlns="${NS}"><not-authorized/></failure>`);
});

test("renderFailure(): §6.5 a text", () => {
  expect(renderFailure({ condition: "account-disabled", text: "a < b" })).toBe(
    `<failure xmlns="${NS}"><account-disabled/><text xml:lang="en">a &lt; b</text></failure>`,
  );
});
