import fc from "fast-check";
import { expect, test } from "vitest";
import { childrenOf, type Element } from "../../../xmpp/xml/element.ts";
import { MAX_ATTRIBUTES, parseDocument, parseFrame } from "../../../xmpp/xml/parse.ts";
import { serialize } from "../../../xmpp/xml/serialize.ts";

const limits = { maxDepth: 32 };
const many = (count: number, each: (at: number) => string) => Array.from({ length: count }, (_, at) => each(at)).join("");

const accepted = [
  { rule: "WS-05 §3.3.3 one document with its own namespaces", text: '<iq xmlns="jabber:client" id="1"/>' },
  { rule: "WS-07 §3.3.3 an XML declaration is tolerated", text: '<?xml version="1.0"?><a/>' },
  { rule: "T-02 an XML declaration and a line break before the root", text: "<?xml version='1.0' encoding='utf-8'?>\n<a/>" },
  { rule: "WS-09 §3.3.3 the prefix form of the streams namespace", text: '<s:features xmlns:s="http://etherx.jabber.org/streams"/>' },
  { rule: "C-73 §11.5 standalone is ignored", text: "<?xml version='1.0' encoding='UTF-8' standalone='no'?><a/>" },
  { rule: "C-73 §11.6 UTF-8 in any case", text: "<?xml version='1.0' encoding='Utf-8'?><a/>" },
  { rule: "C-74 §11.6 U+FEFF inside text is a character", text: "<a>\ufeffb</a>" },
  { rule: "C-70 §11.1 the predefined entities", text: "<a>&lt;&gt;&amp;&apos;&quot;</a>" },
  { rule: "C-70 §11.1 references to characters", text: "<a>&#65;&#x1F600;</a>" },
  { rule: "C-70 §11.1 what looks like a comment inside CDATA is text", text: "<a><![CDATA[<!-- <?x?> <!DOCTYPE -->]]></a>" },
  { rule: "C-71 §11.3 white space after the root", text: "<a/>\r\n" },
  { rule: "C-75 §13.12 as deep as allowed", text: "<a>".repeat(32) + "</a>".repeat(32) },
  { rule: "C-75 §13.12 as many attributes as allowed", text: `<a ${many(MAX_ATTRIBUTES, (at) => `a${at}="" `)}/>` },
  { rule: "C-75 §13.12 many elements, few attributes each", text: `<a>${many(1000, () => '<b c="d"/>')}</a>` },
];

for (const { rule, text } of accepted) {
  test(`parseFrame(): ${rule}`, () => expect(parseFrame(text, limits)).toHaveProperty("element"));
}

const refused = [
  { rule: "WS-06 §3.3.3 leading whitespace is refused", text: " <a/>", gives: "not-well-formed" },
  { rule: "WS-06 §3.3.3 a leading line break is refused", text: "\n<a/>", gives: "not-well-formed" },
  { rule: "WS-06 §3.3.3 a BOM is refused", text: "\ufeff<a/>", gives: "not-well-formed" },
  { rule: "WS-06 §3.3.3 text is refused", text: "hello", gives: "not-well-formed" },
  { rule: "WS-23 §3.8 a whitespace keep-alive is refused", text: " ", gives: "not-well-formed" },
  { rule: "WS-05 §3.3.3 an empty frame is refused", text: "", gives: "not-well-formed" },
  { rule: "WS-05 §3.3.3 half a document is refused", text: "<a><b></b>", gives: "not-well-formed" },
  { rule: "WS-05 §3.3.3 an unclosed tag is refused", text: "<a", gives: "not-well-formed" },
  { rule: "WS-05 §3.3.3 a stream header of TCP is refused", text: "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>", gives: "not-well-formed" },
  { rule: "WS-08 §3.3.3 two roots are refused", text: "<a/><b/>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 text after the root", text: "<a/>b", gives: "not-well-formed" },
  { rule: "C-71 §11.3 tags that do not match", text: "<a></b>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 tags that overlap", text: "<a><b></a></b>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 an attribute twice", text: '<a b="" b=""/>', gives: "not-well-formed" },
  { rule: "C-71 §11.3 an attribute twice by namespace", text: '<a xmlns:x="u" xmlns:y="u" x:b="" y:b=""/>', gives: "not-well-formed" },
  { rule: "C-71 §11.3 an attribute without quotes", text: "<a b=c/>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 < inside an attribute", text: '<a b="<"/>', gives: "not-well-formed" },
  { rule: "C-71 §11.3 ]]> inside text", text: "<a>]]></a>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 a NUL", text: "<a>\0</a>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 a NUL by reference", text: "<a>&#0;</a>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 a control character by reference, XML 1.1 declared", text: "<?xml version='1.1'?><a>&#1;</a>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 a surrogate by reference", text: "<a>&#xD800;</a>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 half a surrogate pair", text: "<a>\ud800</a>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 half a surrogate pair that hides a tag", text: "<a>\ud800<b></a>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 U+FFFE", text: "<a>\ufffe</a>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 a prefix that is not bound", text: "<a:b/>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 an attribute's prefix that is not bound", text: '<a b:c=""/>', gives: "not-well-formed" },
  { rule: "C-71 §11.3 a prefix unbound", text: '<a xmlns:b=""/>', gives: "not-well-formed" },
  { rule: "C-71 §11.3 two colons", text: '<a:b:c xmlns:a="u"/>', gives: "not-well-formed" },
  { rule: "C-71 §11.3 a local name that is none", text: '<a:1 xmlns:a="u"/>', gives: "not-well-formed" },
  { rule: "C-71 §11.3 an attribute's local name that is none", text: '<a xmlns:a="u" a:-b=""/>', gives: "not-well-formed" },
  { rule: "C-71 §11.3 the namespace of XML as the default one", text: '<a xmlns="http://www.w3.org/XML/1998/namespace"/>', gives: "not-well-formed" },
  { rule: "C-71 §11.3 the prefix xmlns on an element", text: "<xmlns:a/>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 a declaration that is not first", text: "<a><?xml version='1.0'?></a>", gives: "not-well-formed" },
  { rule: "C-71 §11.3 CDATA cut short", text: "<a><![CDATA[b]", gives: "not-well-formed" },
  { rule: "C-70 §11.1 a comment", text: "<a><!-- b --></a>", gives: "restricted-xml" },
  { rule: "C-70 §11.1 a comment before the root", text: "<!-- b --><a/>", gives: "restricted-xml" },
  { rule: "C-70 §11.1 a comment after the root", text: "<a/><!-- b -->", gives: "restricted-xml" },
  { rule: "C-70 §11.1 a processing instruction", text: "<a><?b c?></a>", gives: "restricted-xml" },
  { rule: "C-70 §11.1 a processing instruction before the root", text: "<?b c?><a/>", gives: "restricted-xml" },
  { rule: "C-70 §11.1 a DTD", text: "<!DOCTYPE a><a/>", gives: "restricted-xml" },
  { rule: "C-70 §11.1 a DTD that defines entities", text: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', gives: "restricted-xml" },
  { rule: "C-70 §11.1 a DTD inside the root", text: "<a><!DOCTYPE a></a>", gives: "restricted-xml" },
  { rule: "C-70 §11.1 an entity that is not predefined", text: "<a>&nbsp;</a>", gives: "restricted-xml" },
  { rule: "C-70 §11.1 an entity named as a property of objects", text: "<a>&constructor;</a>", gives: "restricted-xml" },
  { rule: "C-70 §11.1 an entity in an attribute", text: '<a b="&c;"/>', gives: "restricted-xml" },
  { rule: "C-73 §11.6 another encoding", text: "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", gives: "unsupported-encoding" },
  { rule: "C-75 §13.12 too deep", text: "<a>".repeat(33) + "</a>".repeat(33), gives: "policy-violation", specific: "too-deep" },
  { rule: "C-75 §13.12 too deep, the last one empty", text: `${"<a>".repeat(32)}<a/>${"</a>".repeat(32)}`, gives: "policy-violation", specific: "too-deep" },
  {
    rule: "C-75 §13.12 too many attributes",
    text: `<a ${many(MAX_ATTRIBUTES + 1, (at) => `a${at}="" `)}/>`,
    gives: "policy-violation",
    specific: "too-many-attributes",
  },
  {
    rule: "C-75 §13.12 too many namespaces",
    text: `<a ${many(MAX_ATTRIBUTES + 1, (at) => `xmlns:a${at}="u" `)}/>`,
    gives: "policy-violation",
    specific: "too-many-attributes",
  },
];

for (const { rule, text, gives, specific } of refused) {
  test(`parseFrame(): ${rule}`, () => {
    const error = specific === undefined ? { condition: gives } : { condition: gives, specific: { name: specific, ns: "urn:deskwire:errors" } };
    expect(parseFrame(text, limits)).toEqual({ error });
    expect(parseFrame("<a/>", limits), "a bad frame leaves nothing behind").toHaveProperty("element");
  });
}

const trees = [
  {
    rule: "§3.3.3 the default namespace is inherited and overridden",
    text: '<a xmlns="u"><b/><c xmlns="v"><d/></c><e xmlns=""/></a>',
    tree: el("a", "u", {}, el("b", "u"), el("c", "v", {}, el("d", "v")), el("e", "")),
  },
  {
    rule: "C-16 §4.8.5 prefixes are resolved away",
    text: '<p:a xmlns:p="u" xmlns="v" p:b="1" b="2" xml:lang="de"><c/><p:d/></p:a>',
    tree: el("a", "u", { "{u}b": "1", b: "2", "xml:lang": "de" }, el("c", "v"), el("d", "u")),
  },
  {
    rule: "T-08 text keeps its bytes, CDATA and references resolved",
    text: "<a> &lt;b&gt;\t<![CDATA[<c>&amp;]]>]&#xD;\n</a>",
    tree: el("a", "", {}, " <b>\t<c>&amp;]\r\n"),
  },
  { rule: "XML §2.11 line ends are one line feed", text: "<a>b\r\nc\rd</a>", tree: el("a", "", {}, "b\nc\nd") },
  { rule: "XML §3.3.3 white space of attributes is a space", text: '<a b="c\r\nd\te&#xA;f"/>', tree: el("a", "", { b: "c d e\nf" }) },
  { rule: "an empty CDATA is no text", text: "<a><![CDATA[]]></a>", tree: el("a", "") },
  { rule: "text is split by elements only", text: "<a>b<c/>d</a>", tree: el("a", "", {}, "b", el("c", ""), "d") },
  { rule: "an attribute may have any name", text: '<a constructor="b" toString="c"/>', tree: el("a", "", { constructor: "b", toString: "c" }) },
];

for (const { rule, text, tree } of trees) {
  test(`parseFrame(): ${rule}`, () => expect(parseFrame(text, limits).element).toEqual(tree));
}

test("parseFrame(): attributes have no prototype", () => {
  const element = parseFrame('<a __proto__="b"/>', limits).element;
  expect(Object.entries(element?.attrs ?? {})).toEqual([["__proto__", "b"]]);
  expect(parseFrame("<a/>", limits).element?.attrs["constructor"]).toBeUndefined();
});

test("parseDocument(): white space may come before the root or the declaration", () => {
  for (const text of ["<a/>", "\r\n\t <a/>", " <?xml version='1.0'?><a/>"]) {
    expect(parseDocument(text, limits).element).toEqual(el("a", ""));
  }
  expect(parseDocument("\u00a0<a/>", limits)).toEqual({ error: { condition: "not-well-formed" } });
  expect(parseDocument("", limits)).toEqual({ error: { condition: "not-well-formed" } });
});

const attacks = [
  { rule: "200,000 elements inside one another", text: "<a>".repeat(200_000) },
  { rule: "200,000 namespaces inside one another", text: '<p:a xmlns:p="u">'.repeat(200_000) },
  { rule: "200,000 attributes", text: `<a ${many(200_000, (at) => `a${at}="" `)}/>` },
  { rule: "200,000 namespaces of one element", text: `<a ${many(200_000, (at) => `xmlns:a${at}="u" `)}/>` },
  { rule: "a million brackets in CDATA that does not end", text: `<a><![CDATA[${"]".repeat(1_000_000)}` },
  { rule: "an entity's name of a million characters", text: `<a>&${"b".repeat(1_000_000)}` },
  { rule: "a tag's name of a million characters", text: `<${"b".repeat(1_000_000)}` },
  { rule: "50,000 small elements with a namespace each", text: `<a>${many(50_000, () => '<p:b xmlns:p="u"/>')}</a>` },
];

for (const { rule, text } of attacks) {
  test(`parseFrame(): C-75 quick to see through ${rule}`, () => {
    const start = performance.now();
    parseFrame(text, limits);
    expect(performance.now() - start).toBeLessThan(2000);
  });
}

const pieces = [
  "<",
  ">",
  "/",
  "/>",
  "</",
  "a",
  "b",
  ":",
  "=",
  '"',
  "'",
  " ",
  "\r",
  "&",
  ";",
  "&amp;",
  "&#x41;",
  "&#0;",
  "&x;",
  "<a>",
  "</a>",
  "<a/>",
  "]]>",
  "<![CDATA[",
  "]",
  "<!--",
  "-->",
  "<?",
  "?>",
  "<!DOCTYPE a [",
  "]>",
  "<?xml version='1.0'",
  "?",
  "xmlns",
  ' xmlns="u"',
  ' xmlns:a="u"',
  "<a:b xmlns:a='u' a:c=''>",
  "</a:b>",
  "xml:lang='de'",
  "\ud800",
  "\udc00",
  "\u0000",
  "\ufffe",
  "\u{1f600}",
  "é",
  "1",
];
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 20 }).map((parts) => `<${parts.join("")}`),
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => `<a xmlns:a="u">${parts.join("")}</a>`),
);
const samples = [
  '<iq xmlns="jabber:client" type="set" id="1"><p:pubsub xmlns:p="u" p:x="y"><publish node="/a/b"><item id="&lt;"><n>&lt;a&gt;</n></item></publish></p:pubsub></iq>',
  "<?xml version='1.0'?><open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a.test' version='1.0' xml:lang='en'/>",
  "<message xmlns='jabber:client'><body>a<![CDATA[<b>]]>\u{1f600}</body></message>",
];
const mutated = fc
  .tuple(
    fc.constantFrom(...samples),
    fc.array(fc.record({ at: fc.nat(200), cut: fc.nat(3), put: fc.constantFrom("", ...pieces) }), { minLength: 1, maxLength: 4 }),
  )
  .map(([text, edits]) => edits.reduce((now, { at, cut, put }) => now.slice(0, at) + put + now.slice(at + cut), text));

test("parseFrame(): C-71 whatever comes gives a tree or an error, and a tree written again is the same", () => {
  fc.assert(
    fc.property(fc.oneof(anyText, mutated), (text) => {
      const { element, error } = parseFrame(text, limits);
      expect(typeof error?.condition).toBe(element ? "undefined" : "string");
      if (!element) return;
      expect(parseFrame(serialize(element), limits).element).toEqual(element);
      expect(hasNoTextBesideText(element)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
}, 60_000);

function hasNoTextBesideText(element: Element): boolean {
  return (
    element.children.every((each, at) => each !== "" && (typeof each !== "string" || typeof element.children[at + 1] !== "string")) &&
    childrenOf(element).every(hasNoTextBesideText)
  );
}

function el(name: string, ns: string, attrs: Record<string, string> = {}, ...children: (Element | string)[]): Element {
  return { name, ns, attrs, children };
}
