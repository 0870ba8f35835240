import { expect, test } from "vitest";
import { attributes, errorReply, iqError, iqResult, message, presence } from "../../../xmpp/stanza/stanza.ts";
import { stanzaError } from "../../../xmpp/stanza/stanza_error.ts";
import { parseFrame } from "../../../xmpp/xml/parse.ts";

const request = parse('<iq xmlns="jabber:client" type="set" id="1"><x xmlns="u">a&lt;</x></iq>');
const back = { from: "cc.test", to: "a@cc.test/desktop" };
const notFound = '<error type="cancel"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>';

const cases = [
  {
    rule: "WS-10 §3.3.3, C-63 §8.1.3 a result repeats the id",
    text: iqResult({ id: "1", ...back }),
    gives: '<iq xmlns="jabber:client" type="result" id="1" from="cc.test" to="a@cc.test/desktop"/>',
  },
  { rule: "C-63 §8.1.3 the id is empty if absent", text: iqResult({}), gives: '<iq xmlns="jabber:client" type="result" id=""/>' },
  {
    rule: "C-64 §8.2.3 a result has one child",
    text: iqResult({ id: "<1>" }, '<a xmlns="u"/>'),
    gives: '<iq xmlns="jabber:client" type="result" id="&lt;1&gt;"><a xmlns="u"/></iq>',
  },
  {
    rule: "C-66 §8.3.1 an error has its type and <error/>",
    text: iqError(request, back, stanzaError("item-not-found")),
    gives: `<iq xmlns="jabber:client" type="error" id="1" from="cc.test" to="a@cc.test/desktop">${notFound}</iq>`,
  },
  {
    rule: "C-66 §8.3.1 the request's content may come back",
    text: iqError(request, {}, stanzaError("item-not-found"), true),
    gives: `<iq xmlns="jabber:client" type="error" id="1"><x xmlns="u">a&lt;</x>${notFound}</iq>`,
  },
  {
    rule: "C-63 §8.1.3 an error's id is empty if absent",
    text: iqError(parse('<iq xmlns="jabber:client" type="get"/>'), {}, stanzaError("item-not-found")),
    gives: `<iq xmlns="jabber:client" type="error" id="">${notFound}</iq>`,
  },
  {
    rule: "C-67 §8.3.1 a message can be answered by an error as well",
    text: errorReply(parse('<message xmlns="jabber:client"><body/></message>'), {}, stanzaError("item-not-found")),
    gives: `<message xmlns="jabber:client" type="error">${notFound}</message>`,
  },
  { rule: "T-05 RFC 6121 §4.7.1 available has no type", text: presence({ from: "a@b.test/c" }), gives: '<presence xmlns="jabber:client" from="a@b.test/c"/>' },
  {
    rule: "C-12 §4.7.4 a stanza's language",
    text: message({ type: "headline", lang: "en" }, "<body>a</body>"),
    gives: '<message xmlns="jabber:client" type="headline" xml:lang="en"><body>a</body></message>',
  },
  { rule: "attributes() leaves out what is not defined", text: attributes({ a: undefined, b: "", c: "'\"" }), gives: ' b="" c="&apos;&quot;"' },
];

for (const { rule, text, gives } of cases) {
  test(`stanza: ${rule}`, () => expect(text).toBe(gives));
}

function parse(text: string) {
  const { element } = parseFrame(text, { maxDepth: 8 });
  if (!element) throw new Error(`no XML: ${text}`);
  return element;
}
