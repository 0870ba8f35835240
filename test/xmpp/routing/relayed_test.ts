/** Stanzas on their way from one user to another: what is stamped, and that nothing else changes. */
import { describe, expect, test } from "vitest";
import { type Element, messageType, parseFrame, relayedOf, renderCopy } from "../../../xmpp/mod.ts";

const [FROM, TO] = ["ada@example.org/desk", "bob@example.org"];
const read = (text: string): Element => parseFrame(text, { maxDepth: 32 }).element as Element;
const relayed = (text: string, lang?: string) => relayedOf(read(text), { from: FROM, to: TO, lang });
const message = (inside: string, attrs = 'type="chat"') => `<message xmlns="jabber:client" ${attrs}>${inside}</message>`;

describe("relayedOf()", () => {
  test("C-60 C-61 the sender's full jid is stamped, whatever the stanza says", () => {
    for (const from of ["", ' from="eve@example.org"', ` from="${FROM}"`, ' from="@@"']) {
      const { element } = parseFrame(relayed(`<message xmlns="jabber:client"${from} to="x@example.org"/>`).text, { maxDepth: 8 });
      expect(element?.attrs["from"]).toBe(FROM);
    }
  });

  test("C-62 §8.1.1.1 `to` goes on as it was written; only one that is missing is filled in", () => {
    expect(relayed('<message xmlns="jabber:client" to="BOB@Example.ORG"/>').text).toContain(' to="BOB@Example.ORG"');
    expect(relayed('<message xmlns="jabber:client"/>').text).toContain(` to="${TO}"`);
  });

  test("RFC 6120 §8.4 ids, unknown attributes, children and namespaces come through as they are", () => {
    const inside =
      '<body xml:lang="de">a &lt; b &amp; c\n\td</body><x xmlns="urn:x" a="1" p:b="2" xmlns:p="urn:p"><p:y xmlns:p="urn:p2"> <z xmlns=""/></p:y>tail</x> end';
    const before = read(message(inside, 'type="chat" id="&lt;1&gt;" xml:lang="fr" other="o"'));
    const after = read(relayed(message(inside, 'type="chat" id="&lt;1&gt;" xml:lang="fr" other="o"'), "de").text);
    expect(after.children).toEqual(before.children);
    expect({ ...after.attrs }).toEqual({ ...before.attrs, from: FROM, to: TO });
  });

  test("C-12 §4.7.4 the stream's language is named where the stanza names none", () => {
    expect(relayed(message("<body/>"), "de").text).toContain(' xml:lang="de"');
    expect(relayed(message("<body/>", 'xml:lang="fr"'), "de").text).toContain(' xml:lang="fr"');
    expect(relayed(message("<body/>")).text).not.toContain("xml:lang");
  });

  test("P-13 §5.2.2 a message without a type, or with one that is none, is normal; it says what it said", () => {
    expect([undefined, "", "chat", "normal", "headline", "groupchat", "error", "CHAT", "result"].map(messageType)).toEqual([
      "normal",
      "normal",
      "chat",
      "normal",
      "headline",
      "groupchat",
      "error",
      "normal",
      "normal",
    ]);
    expect(relayed(message("", 'type="invented"'))).toMatchObject({ type: "normal", text: expect.stringContaining('type="invented"') });
    expect(relayed(message("", "")).type).toBe("normal");
  });

  test("a request names what it asks for", () => {
    expect(relayed('<iq xmlns="jabber:client" type="get" id="1"><ping xmlns="urn:xmpp:ping"/></iq>')).toMatchObject({
      type: "get",
      payload: "{urn:xmpp:ping}ping",
    });
  });
});

describe("CC-01 XEP-0280 copies", () => {
  const BODY = "<body>hello</body>";
  const cases = [
    { rule: "§6.1 a chat message", attrs: 'type="chat"', inside: BODY, copied: true },
    { rule: "§6.1 a chat message without a body", attrs: 'type="chat"', inside: '<active xmlns="http://jabber.org/protocol/chatstates"/>', copied: true },
    { rule: "§6.1 a normal one with a body", attrs: "", inside: BODY, copied: true },
    { rule: "§6.1 a normal one that is a receipt", attrs: "", inside: '<received xmlns="urn:xmpp:receipts" id="1"/>', copied: true },
    { rule: "§6.1 a normal one of anything else", attrs: "", inside: '<event xmlns="http://jabber.org/protocol/pubsub#event"/>', copied: false },
    { rule: "§6.1 a body in another namespace", attrs: "", inside: '<body xmlns="urn:x"/>', copied: false },
    { rule: "a headline", attrs: 'type="headline"', inside: BODY, copied: false },
    { rule: "an error", attrs: 'type="error"', inside: BODY, copied: false },
    { rule: "§6.1 of a room", attrs: 'type="groupchat"', inside: BODY, copied: false },
    { rule: "§6.1 of somebody in a room", attrs: 'type="chat"', inside: `${BODY}<x xmlns="http://jabber.org/protocol/muc#user"/>`, copied: false },
    { rule: "CC-06 §9 private", attrs: 'type="chat"', inside: `${BODY}<private xmlns="urn:xmpp:carbons:2"/>`, copied: false },
    { rule: "CC-06 XEP-0334 §4.2 no-copy", attrs: 'type="chat"', inside: `${BODY}<no-copy xmlns="urn:xmpp:hints"/>`, copied: false },
    { rule: "a copy", attrs: 'type="chat"', inside: '<sent xmlns="urn:xmpp:carbons:2"/>', copied: false },
  ];
  for (const { rule, attrs, inside, copied } of cases) {
    test(`${rule} is ${copied ? "copied" : "not copied"}`, () => expect(relayed(message(inside, attrs)).copied ?? false).toBe(copied));
  }

  test("CC-06 §9 `<private/>` is taken out before delivery; a hint stays", () => {
    const { text } = relayed(message(`${BODY}<private xmlns="urn:xmpp:carbons:2"/><no-copy xmlns="urn:xmpp:hints"/>`));
    expect(text).not.toContain("private");
    expect(text).toContain('<no-copy xmlns="urn:xmpp:hints"/>');
  });

  test("CC-03 CC-04 §7 §8 a copy is from the own bare jid, to the full one, of the same type, around the whole message", () => {
    const { text } = relayed(message(BODY, 'type="chat" id="m"'));
    for (const which of ["received", "sent"] as const) {
      const copy = read(renderCopy(which, { jid: TO, to: `${TO}/pda`, type: "chat", text }));
      expect({ ...copy.attrs }).toEqual({ type: "chat", from: TO, to: `${TO}/pda` });
      const wrapper = copy.children[0] as Element;
      expect([wrapper.name, wrapper.ns]).toEqual([which, "urn:xmpp:carbons:2"]);
      const forwarded = wrapper.children[0] as Element;
      expect([forwarded.name, forwarded.ns]).toEqual(["forwarded", "urn:xmpp:forward:0"]);
      expect(forwarded.children).toEqual([read(text)]);
    }
    expect(read(renderCopy("sent", { jid: TO, to: `${TO}/pda`, type: "normal", text })).attrs["type"]).toBeUndefined();
  });
});
