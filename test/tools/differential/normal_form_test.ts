/** Frames of different servers that say the same are the same in normal form; those that do not are not. */
import { describe, expect, test } from "vitest";

import { inNoOrder, NormalForm } from "../../../tools/differential/normal_form.ts";

const SENT = `<iq xmlns="jabber:client" type="get" id="p1"><ping xmlns="urn:xmpp:ping"/></iq>`;
const of = (frame: string, ...sent: string[]): string => {
  const form = new NormalForm();
  for (const each of [SENT, ...sent]) form.remember(each);
  return form.of(frame);
};
const failure = (inside: string) => `<iq xmlns="jabber:client" type="error" id="p1">${inside}</iq>`;
const error = (inside: string, attributes = 'type="cancel"') => `<error ${attributes}>${inside}</error>`;
const CONDITION = '<item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>';
const STREAMS = "http://etherx.jabber.org/streams";

describe("said differently, and the same", () => {
  test.each([
    ["prefixes, quotes and order of attributes", `<iq xmlns="jabber:client" type="result" id="p1"/>`, `<c:iq id='p1' type='result' xmlns:c='jabber:client'/>`],
    [
      "to, and from where it is the own bare address",
      `<iq xmlns="jabber:client" type="result" id="p1"/>`,
      `<iq xmlns="jabber:client" from="a@x" to="a@x/r" id="p1" type="result"/>`,
    ],
    ["what was asked, repeated", failure(error(CONDITION)), failure(`<ping xmlns="urn:xmpp:ping"/>${error(CONDITION)}`)],
    [
      "code, by and a text",
      failure(error(CONDITION)),
      failure(error(`${CONDITION}<text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">No</text>`, 'type="cancel" code="404" by="x"')),
    ],
    [
      "ids of streams",
      '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" id="1" from="x"/>',
      '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" id="2" from="x" xml:lang="en"/>',
    ],
    ["drawn ids of messages", '<message xmlns="jabber:client" id="drawn" from="x"/>', '<message xmlns="jabber:client" from="x"/>'],
    ["drawn ids of items", '<item xmlns="p" id="abc"/>', '<item xmlns="p" id="xyz"/>'],
    ["drawn resources", '<jid xmlns="b">a@x.test/abc</jid>', '<jid xmlns="b">a@x.test/xyz</jid>'],
    ["times", '<delay xmlns="urn:xmpp:delay" stamp="2026-01-01T00:00:00Z"/>', '<delay xmlns="urn:xmpp:delay" stamp="2027-02-03T04:05:06.789Z"/>'],
    [
      "order of features",
      '<query xmlns="http://jabber.org/protocol/disco#info"><feature var="a"/><feature var="b"/></query>',
      '<query xmlns="http://jabber.org/protocol/disco#info"><feature var="b"/><feature var="a"/></query>',
    ],
    [
      "features of a stream that are nobody's business",
      `<features xmlns="${STREAMS}"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></features>`,
      `<s:features xmlns:s="${STREAMS}"><c xmlns="http://jabber.org/protocol/caps" ver="1"/><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/><csi xmlns="urn:xmpp:csi:0"/></s:features>`,
    ],
    ["white space between elements", "<a xmlns='x'><b/></a>", "<a xmlns='x'>\n  <b/>\n</a>"],
  ])("%s", (_, one, other) => {
    expect(of(one)).toBe(of(other));
  });
});

describe("not the same", () => {
  test.each([
    ["the condition of an error", failure(error(CONDITION)), failure(error('<forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>'))],
    ["its type", failure(error(CONDITION)), failure(error(CONDITION, 'type="modify"'))],
    ["a condition of pubsub", failure(error(CONDITION)), failure(error(`${CONDITION}<invalid-subid xmlns="http://jabber.org/protocol/pubsub#errors"/>`))],
    ["result and error", `<iq xmlns="jabber:client" type="result" id="p1"/>`, failure(error(CONDITION))],
    ["an id that the client chose", `<iq xmlns="jabber:client" type="result" id="p1"/>`, `<iq xmlns="jabber:client" type="result"/>`],
    ["from of a service", `<iq xmlns="jabber:client" type="result" id="p1" from="x.test"/>`, `<iq xmlns="jabber:client" type="result" id="p1"/>`],
    [
      "a namespace",
      '<iq xmlns="jabber:client" type="result" id="p1"><a xmlns="x"/></iq>',
      '<iq xmlns="jabber:client" type="result" id="p1"><a xmlns="y"/></iq>',
    ],
    ["order of items", '<items xmlns="p"><item id="p1"/><item id="1"/></items>', '<items xmlns="p"><item id="1"/><item id="p1"/></items>'],
    ["a payload", '<item xmlns="p"><n xmlns="x">1</n></item>', '<item xmlns="p"><n xmlns="x">2</n></item>'],
    [
      "a mechanism that all know",
      `<features xmlns="${STREAMS}"><mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>PLAIN</mechanism></mechanisms></features>`,
      `<features xmlns="${STREAMS}"><mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/></features>`,
    ],
  ])("%s", (_, one, other) => {
    expect(of(one)).not.toBe(of(other));
  });
});

test("the server's own request for acknowledgement is nothing", () => {
  expect(of('<r xmlns="urn:xmpp:sm:3"/>')).toBe("");
});

test("a place in a result is compared where a page was asked for", () => {
  const page = '<set xmlns="http://jabber.org/protocol/rsm"><count>1</count></set>';
  const frame = `<iq xmlns="jabber:client" type="result" id="p1">${page}</iq>`;
  expect(of(frame)).not.toContain("count");
  expect(of(frame, '<set xmlns="http://jabber.org/protocol/rsm"><max>1</max></set>')).toContain("<count>1</count>");
});

test("what is no XML is shown as it came", () => {
  expect(of("<a>")).toBe("(not XML) <a>");
});

test("presences, pushes and empty results of one connection have no order; all else has", () => {
  const [presence, push, result] = ["a: <presence/>", "a: <iq type=set><query roster/></iq>", "a: <iq id=p1 type=result/>"];
  expect(inNoOrder([push, result, presence])).toEqual(inNoOrder([presence, push, result]));
  const messages = ["a: <message id=2/>", "a: <message id=1/>"];
  expect(inNoOrder(messages)).toEqual(messages);
  expect(inNoOrder([presence, ...messages, push])).toEqual([presence, ...messages, push]);
  expect(inNoOrder(["a: <iq id=p1 type=result><pubsub/></iq>", presence])).toEqual(["a: <iq id=p1 type=result><pubsub/></iq>", presence]);
});
