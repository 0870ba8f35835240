import { expect, test } from "vitest";
import { DEFAULT_TYPES, renderStanzaError, type StanzaError, stanzaError } from "../../../xmpp/stanza/stanza_error.ts";
import { parseFrame } from "../../../xmpp/xml/parse.ts";

const NS = "urn:ietf:params:xml:ns:xmpp-stanzas";
const cases: { rule: string; error: StanzaError; gives: string }[] = [
  { rule: "C-68 §8.3.2 one defined condition", error: stanzaError("bad-request"), gives: `<error type="modify"><bad-request xmlns="${NS}"/></error>` },
  {
    rule: "§8.3.3 another type than the usual one",
    error: stanzaError("policy-violation", { type: "wait" }),
    gives: `<error type="wait"><policy-violation xmlns="${NS}"/></error>`,
  },
  {
    rule: "C-68 §8.3.2 a text",
    error: stanzaError("not-allowed", { text: "a < b" }),
    gives: `<error type="cancel"><not-allowed xmlns="${NS}"/><text xmlns="${NS}" xml:lang="en">a &lt; b</text></error>`,
  },
  {
    rule: "XEP-0060 §6.1.3.1 a condition of pubsub beside it",
    error: stanzaError("bad-request", { specific: "invalid-jid" }),
    gives: `<error type="modify"><bad-request xmlns="${NS}"/><invalid-jid xmlns="http://jabber.org/protocol/pubsub#errors"/></error>`,
  },
  {
    rule: "XEP-0060 §6.1.3.7 the feature that is missing",
    error: stanzaError("feature-not-implemented", { specific: "unsupported", feature: "subscribe" }),
    gives: `<error type="cancel"><feature-not-implemented xmlns="${NS}"/><unsupported xmlns="http://jabber.org/protocol/pubsub#errors" feature="subscribe"/></error>`,
  },
];

for (const { rule, error, gives } of cases) {
  test(`renderStanzaError(): ${rule}`, () => {
    expect(renderStanzaError(error)).toBe(gives);
    expect(parseFrame(gives, { maxDepth: 4 })).toHaveProperty("element");
  });
}

test("DEFAULT_TYPES: C-68 §8.3.3 all 22 conditions", () => expect(Object.keys(DEFAULT_TYPES)).toHaveLength(22));
