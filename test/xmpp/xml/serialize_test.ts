import fc from "fast-check";
import { expect, test } from "vitest";
import { type Element, XML_NS } from "../../../xmpp/xml/element.ts";
import { parseFrame } from "../../../xmpp/xml/parse.ts";
import { escapeAttr, escapeText, serialize } from "../../../xmpp/xml/serialize.ts";

const limits = { maxDepth: 64 };

const cases: { rule: string; tree: Element; parentNs?: string | null; gives: string }[] = [
  { rule: "an empty element", tree: el("a", ""), gives: "<a/>" },
  { rule: "WS-10 §3.3.3 the namespace is declared on the root", tree: el("iq", "jabber:client"), gives: '<iq xmlns="jabber:client"/>' },
  { rule: "WS-05 §3.3.3 and not again below", tree: el("a", "u", {}, el("b", "u")), gives: '<a xmlns="u"><b/></a>' },
  { rule: "another namespace below is declared", tree: el("a", "u", {}, el("b", "v")), gives: '<a xmlns="u"><b xmlns="v"/></a>' },
  { rule: "no namespace below one is declared", tree: el("a", "u", {}, el("b", "")), gives: '<a xmlns="u"><b xmlns=""/></a>' },
  { rule: "the namespace around is not declared", tree: el("a", "u"), parentNs: "u", gives: "<a/>" },
  { rule: "no namespace inside another is declared", tree: el("a", ""), parentNs: "u", gives: '<a xmlns=""/>' },
  { rule: "a namespace is declared where the one around is unknown", tree: el("a", ""), parentNs: null, gives: '<a xmlns=""/>' },
  {
    rule: "C-16 §4.8.5 a foreign attribute alone has a prefix",
    tree: el("a", "u", { "{v}b": "c", d: "e" }),
    gives: '<a xmlns="u" xmlns:n1="v" n1:b="c" d="e"/>',
  },
  { rule: "C-12 §4.7.4 xml:lang stays", tree: el("a", "", { "xml:lang": "de" }), gives: '<a xml:lang="de"/>' },
  { rule: "the namespace of XML keeps its prefix", tree: el("a", XML_NS, {}, el("b", "u")), gives: '<xml:a><b xmlns="u"/></xml:a>' },
  { rule: "T-08 text is escaped once", tree: el("a", "", {}, "<b>&amp;</b>"), gives: "<a>&lt;b&gt;&amp;amp;&lt;/b&gt;</a>" },
];

for (const { rule, tree, parentNs, gives } of cases) {
  test(`serialize(): ${rule}`, () => expect(serialize(tree, parentNs)).toBe(gives));
}

test("escapeText(): XML §2.4 what would be markup, and what line ends would lose", () => {
  expect(escapeText("plain \"text\" 'ü'\n\t")).toBe("plain \"text\" 'ü'\n\t");
  expect(escapeText("<&>]]>\r\n")).toBe("&lt;&amp;&gt;]]&gt;&#xD;\n");
});

test("escapeAttr(): XML §3.3.3 either quote, and white space that would become a space", () => {
  expect(escapeAttr("plain ü")).toBe("plain ü");
  expect(escapeAttr("<&>\"'\t\n\r")).toBe("&lt;&amp;&gt;&quot;&apos;&#x9;&#xA;&#xD;");
});

test("escapeText(), escapeAttr(): C-71 §11.3 whatever is given, what is written is well-formed", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(0x1f), (some, control) => {
      const text = `${some}\ud800${String.fromCharCode(control)}\uffff`;
      const { element } = parseFrame(`<a b="${escapeAttr(text)}">${escapeText(text)}</a>`, limits);
      const kept = text.toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
      expect(element?.children).toEqual([kept]);
      expect(element?.attrs["b"]).toBe(kept);
    }),
  );
});

const name = fc.constantFrom("a", "iq", "item", "constructor", "__proto__", "é", "a-b.c", "_", "xmlns2", "lang");
const ns = fc.constantFrom("", "jabber:client", "http://jabber.org/protocol/pubsub", "u&<>\"'", "a}b{", "ü", XML_NS);
const text = fc.string({ unit: fc.oneof(fc.constantFrom("<", ">", "&", "]", "'", '"', "\r", "\n", "\t", " "), legal()), minLength: 1 });
const key = fc.oneof(
  name,
  name.map((local) => `xml:${local}`),
  fc
    .tuple(
      ns.filter((uri) => uri !== "" && uri !== XML_NS),
      name,
    )
    .map(([uri, local]) => `{${uri}}${local}`),
);
const attrs = fc.array(fc.tuple(key, text), { maxLength: 5 }).map((entries) => {
  const record: Record<string, string> = Object.create(null);
  for (const [each, value] of entries) record[each] = value;
  return record;
});
const { tree } = fc.letrec<{ tree: Element; children: (Element | string)[] }>((tie) => ({
  tree: fc.record({ name, ns, attrs, children: tie("children") }),
  children: fc
    .array(fc.oneof({ maxDepth: 6 }, text, tie("tree")), { maxLength: 4 })
    .map((all) => all.filter((each, at) => typeof each !== "string" || typeof all[at - 1] !== "string")),
}));

test("serialize(): WS-05 §3.3.3 parsing what was written gives the same tree", () => {
  fc.assert(
    fc.property(tree, fc.constantFrom("", null), (each, parentNs) => {
      expect(parseFrame(serialize(each, parentNs), limits).element).toEqual(each);
    }),
    { numRuns: 3000 },
  );
}, 60_000);

test("serialize(): WS-10 §3.3.3 inside a stanza as well", () => {
  fc.assert(
    fc.property(tree, (each) => {
      const { element } = parseFrame(`<iq xmlns="jabber:client">${serialize(each, "jabber:client")}</iq>`, limits);
      expect(element?.children).toEqual([each]);
    }),
  );
});

/** Any character of XML 1.0 (§2.2 there). */
function legal(): fc.Arbitrary<string> {
  return fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).filter((each) => /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]$/u.test(each));
}

function el(name: string, ns: string, attrs: Record<string, string> = {}, ...children: (Element | string)[]): Element {
  return { name, ns, attrs, children };
}
