import { expect, test } from "vitest";
import { renderStreamError, type StreamError } from "../../../xmpp/stream/stream_error.ts";
import { childrenOf } from "../../../xmpp/xml/element.ts";
import { parseFrame } from "../../../xmpp/xml/parse.ts";

const NS = "urn:ietf:params:xml:ns:xmpp-streams";
const cases: { rule: string; error: StreamError; gives: string }[] = [
  { rule: "E-03 §4.9.3.3 a conflict", error: { condition: "conflict" }, gives: `<conflict xmlns="${NS}"/>` },
  {
    rule: "C-19 §4.9.2 a text",
    error: { condition: "reset", text: "a & b" },
    gives: `<reset xmlns="${NS}"/><text xmlns="${NS}" xml:lang="en">a &amp; b</text>`,
  },
  {
    rule: "E-14 §4.9.4 a condition of our own after it",
    error: { condition: "policy-violation", specific: { name: "too-deep", ns: "urn:deskwire:errors" } },
    gives: `<policy-violation xmlns="${NS}"/><too-deep xmlns="urn:deskwire:errors"/>`,
  },
];

for (const { rule, error, gives } of cases) {
  test(`renderStreamError(): WS-09 RFC 7395 §3.3.3 ${rule}`, () => {
    const frame = renderStreamError(error);
    expect(frame).toBe(`<stream:error xmlns:stream="http://etherx.jabber.org/streams">${gives}</stream:error>`);
    const { element } = parseFrame(frame, { maxDepth: 4 });
    expect(element).toMatchObject({ name: "error", ns: "http://etherx.jabber.org/streams" });
    expect(element && childrenOf(element)[0]).toMatchObject({ name: error.condition, ns: NS });
  });
}
