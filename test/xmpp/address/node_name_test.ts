import { expect, test } from "vitest";
import { nodeName } from "../../../xmpp/address/node_name.ts";

const cases: { rule: string; text: string; gives: string | undefined }[] = [
  { rule: "PS-008 §4.6 slashes and case are kept", text: "/finesse/api/Team/1/Users", gives: "/finesse/api/Team/1/Users" },
  { rule: "§4.6 spaces are kept", text: " a b ", gives: " a b " },
  { rule: "RFC 7622 §3.4 decomposed is composed", text: "a\u0308", gives: "\u00e4" },
  { rule: "RFC 7622 §3.4 an empty one names nothing", text: "", gives: undefined },
  { rule: "RFC 7622 §3.4 a control character", text: "a\nb", gives: undefined },
  { rule: "RFC 7622 §3.4 a control character beyond ASCII", text: "a\u0085b", gives: undefined },
  { rule: "RFC 7622 §3.4 half a surrogate pair", text: "a\ud800", gives: undefined },
  { rule: "RFC 7622 §3.4 1023 octets", text: "a".repeat(1023), gives: "a".repeat(1023) },
  { rule: "RFC 7622 §3.4 1024 octets", text: "a".repeat(1024), gives: undefined },
  { rule: "RFC 7622 §3.4 1024 octets of two each", text: "\u00e4".repeat(512), gives: undefined },
];

for (const { rule, text, gives } of cases) {
  test(`nodeName(): ${rule}`, () => expect(nodeName(text)).toBe(gives));
}
