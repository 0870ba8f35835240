/** The bodies of BOSH (XEP-0124, XEP-0206). */
import { describe, expect, test } from "vitest";
import { contentFor, openingOf, parseBody, renderBody, renderTerminal, versionFor } from "../../../xmpp/stream/bosh.ts";

const NS = "http://jabber.org/protocol/httpbind";
const body = (attrs: string, inside = "") => `<body xmlns="${NS}" ${attrs}>${inside}</body>`;

describe("parseBody()", () => {
  test("B-02 the first request of a session, with what it asks for", () => {
    const read = parseBody(body('rid="1573741820" to="d.test" wait="60" hold="1" ack="1" xml:lang="de" xmlns:x="urn:xmpp:xbosh" x:version="1.0"'), 32);
    expect(read).toMatchObject({ rid: 1_573_741_820, sid: "", wait: 60, hold: 1, acks: true, restart: false, pause: null, frames: [] });
    expect(openingOf((read as NonNullable<typeof read>).opening)).toBe(
      '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="d.test" version="1.0" xml:lang="de"/>',
    );
  });

  test("B-01 whole children, each a document of its own with its namespaces", () => {
    const inside = '<presence xmlns="jabber:client"/><iq xmlns="jabber:client" type="get" id="1"><ping xmlns="urn:xmpp:ping"/></iq>';
    expect(parseBody(body('rid="1" sid="s"', inside), 32)?.frames).toEqual([
      '<presence xmlns="jabber:client"/>',
      '<iq xmlns="jabber:client" type="get" id="1"><ping xmlns="urn:xmpp:ping"/></iq>',
    ]);
  });

  test("X-02 a restart, whatever its prefix", () => {
    expect(parseBody(body('rid="1" sid="s" xmlns:q="urn:xmpp:xbosh" q:restart="true"'), 32)?.restart).toBe(true);
  });

  for (const [rule, text] of [
    ["B-01 text in it", body('rid="1"', "text")],
    ["B-01 a document type", `<!DOCTYPE body>${body('rid="1"')}`],
    ["B-01 a comment", body('rid="1"', "<!---->")],
    ["B-01 another namespace", '<body rid="1"/>'],
    ["B-09 no rid", body("")],
    ["B-09 a rid beyond 2^53-1", body('rid="9007199254740992"')],
    ["not well-formed", `<body xmlns="${NS}" rid="1">`],
  ] as const) {
    test(`${rule}: no request`, () => expect(parseBody(text, 32)).toBeUndefined());
  }
});

test.each([
  ["1.6", "1.6"],
  ["1.11", "1.11"],
  ["1.12", "1.11"],
  ["2.0", "1.11"],
  ["", "1.11"],
  ["x", "1.11"],
])('B-03 of "%s" and ours the lower version is spoken: %s', (asked, spoken) => expect(versionFor(asked)).toBe(spoken));

test("B-01 answers have the media type that the session asked for, if it is harmless", () => {
  const usual = "text/xml; charset=utf-8";
  for (const given of ["application/xml", "text/plain; charset=utf-8", usual]) expect(contentFor(given)).toBe(given);
  for (const given of ["", "text/html", "text/html; charset=utf-8", "text/xml\r\nX: y", "image/svg+xml"]) expect(contentFor(given)).toBe(usual);
});

test("X-01 X-03 a body declares the prefix that its frames may use; a terminal one names its condition", () => {
  expect(renderBody({ ack: "5", sid: undefined })).toBe(`<body xmlns="${NS}" xmlns:stream="http://etherx.jabber.org/streams" ack="5"/>`);
  expect(renderTerminal("item-not-found", ["<a/>"])).toContain('type="terminate" condition="item-not-found"><a/></body>');
});
