import { expect, test } from "vitest";
import { CLOSE, renderOpen } from "../../../xmpp/stream/framing.ts";

test("CLOSE: WS-16 §3.6 to the byte what Strophe knows", () => {
  expect(CLOSE).toBe('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" />');
});

const cases = [
  {
    rule: "WS-12 §3.4, C-08 to C-13 RFC 6120 §4.7 all attributes",
    text: renderOpen({ from: "cc.test", id: "s1", lang: "en", to: "a@cc.test", version: "1.0" }),
    gives: '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="cc.test" to="a@cc.test" id="s1" version="1.0" xml:lang="en"/>',
  },
  {
    rule: "C-09 RFC 6120 §4.7.2 no to, C-13 §4.7.5 no version",
    text: renderOpen({ from: "cc.test", id: "s1", lang: 'e"n' }),
    gives: '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="cc.test" id="s1" xml:lang="e&quot;n"/>',
  },
];

for (const { rule, text, gives } of cases) {
  test(`renderOpen(): ${rule}`, () => expect(text).toBe(gives));
}
