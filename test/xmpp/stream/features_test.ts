import { expect, test } from "vitest";
import { renderFeatures } from "../../../xmpp/stream/features.ts";

const caps = { node: "https://cc.test/caps", ver: "abc=" };
const cases = [
  {
    rule: "C-31 §6.4.1 mechanisms in their order, K-04 XEP-0115 §6.3 capabilities",
    text: renderFeatures({ mechanisms: ["SCRAM-SHA-256", "PLAIN"], caps }),
    gives:
      '<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>SCRAM-SHA-256</mechanism><mechanism>PLAIN</mechanism></mechanisms>' +
      '<c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="https://cc.test/caps" ver="abc="/>',
  },
  {
    rule: "C-50 §7.4 bind, C-58 the session that is optional",
    text: renderFeatures({ bind: true }),
    gives: '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/><session xmlns="urn:ietf:params:xml:ns:xmpp-session"><optional/></session>',
  },
];

for (const { rule, text, gives } of cases) {
  test(`renderFeatures(): WS-09 RFC 7395 §3.3.3 ${rule}`, () => {
    expect(text).toBe(`<stream:features xmlns:stream="http://etherx.jabber.org/streams">${gives}</stream:features>`);
  });
}

test("renderFeatures(): SM-01 XEP-0198 §2 stream management only beside bind, once signed in", () => {
  expect(renderFeatures({ bind: true, management: true })).toContain('<sm xmlns="urn:xmpp:sm:3"/>');
  for (const { text } of cases) expect(text).not.toContain("urn:xmpp:sm:3");
});

test("renderFeatures(): CS-04 XEP-0352 §4.1 LI-01 XEP-0478 §3 client state and limits, beside bind", () => {
  expect(renderFeatures({ bind: true, clientState: true, limits: { maxBytes: 65_536, idleSeconds: 60 } })).toContain(
    '<csi xmlns="urn:xmpp:csi:0"/><limits xmlns="urn:xmpp:stream-limits:0"><max-bytes>65536</max-bytes><idle-seconds>60</idle-seconds></limits>',
  );
  expect(renderFeatures({ bind: true })).not.toMatch(/csi|limits/);
});

test("renderFeatures(): WS-24 RFC 7395 §3.9 never STARTTLS", () => {
  expect(cases.map(({ text }) => text).join("")).not.toContain("starttls");
});
