import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { delayed, type Element, escapeAttr, parseFrame, renderContactPresence, renderEvent, textOf, wrapText } from "../../../xmpp/mod.ts";

const parse = (text: string): Element => {
  const { element } = parseFrame(text, { maxDepth: 32 });
  if (!element) throw new Error(text);
  return element;
};
/** The one child there is. */
const only = ({ children }: Element): Element => {
  expect(children).toHaveLength(1);
  return children[0] as Element;
};
/** What XML can carry, in which line ends are as XML leaves them. */
const anyText = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ""));

describe("renderEvent()", () => {
  test("PS-062 §7.1.2 T-09 head, receiver and tail are the message, to the byte", () => {
    const { head, tail } = renderEvent({ domain: "d.test", node: "/a/B", itemId: "1", messageId: "m", payload: "<p/>" });
    expect(`${head}7001@d.test/r${tail}`).toBe(
      '<message xmlns="jabber:client" from="pubsub.d.test" id="m" to="7001@d.test/r">' +
        '<event xmlns="http://jabber.org/protocol/pubsub#event"><items node="/a/B"><item id="1"><p/></item></items></event></message>',
    );
  });

  test("T-08 any text is delivered as it is, and is all the text of the message", () => {
    fc.assert(
      fc.property(anyText, anyText, (text, name) => {
        const { head, tail } = renderEvent({ domain: "d", node: name, itemId: name, messageId: name, payload: wrapText(text) });
        const message = parse(head + escapeAttr(name) + tail);
        const items = only(only(message));
        const item = only(items);
        expect(message.attrs).toEqual({ from: "pubsub.d", id: name, to: name });
        expect([items.attrs["node"], item.attrs["id"]]).toEqual([name, name]);
        expect(textOf(only(item))).toBe(text);
      }),
    );
  });

  test("finesse.md 2.3 wrapText() escapes once", () => {
    expect(wrapText("<Update>&amp;</Update>")).toBe(
      '<notification xmlns="http://jabber.org/protocol/pubsub">&lt;Update&gt;&amp;amp;&lt;/Update&gt;</notification>',
    );
    expect(wrapText("")).toBe('<notification xmlns="http://jabber.org/protocol/pubsub"></notification>');
  });
});

describe("renderContactPresence()", () => {
  test("finesse.md 2.2 available, with capabilities", () => {
    const { head, tail } = renderContactPresence({ domain: "d.test", contact: "finesse", available: true });
    const presence = parse(`${head}7001@d.test/r${tail}`);
    expect(presence.attrs).toEqual({ from: "finesse@d.test/service", to: "7001@d.test/r" });
    expect(presence.children).toMatchObject([{ name: "c", ns: "http://jabber.org/protocol/caps", attrs: { hash: "sha-1", node: "urn:deskwire:caps" } }]);
  });

  test("RFC 6121 §4.5 unavailable, without", () => {
    const { head, tail } = renderContactPresence({ domain: "d.test", contact: "finesse", available: false });
    expect(`${head}a@b${tail}`).toBe('<presence xmlns="jabber:client" from="finesse@d.test/service" type="unavailable" to="a@b"/>');
  });
});

test("delayed(): DE-01 XEP-0203 §2 the stamp is UTC, and says who kept the event", () => {
  const event = renderEvent({ domain: "a.example", node: "n", itemId: "1", messageId: "m", payload: "" });
  expect(delayed(event, Date.UTC(2026, 0, 2, 3, 4, 5)).tail).toContain(
    '<delay xmlns="urn:xmpp:delay" from="pubsub.a.example" stamp="2026-01-02T03:04:05.000Z"/></message>',
  );
});
