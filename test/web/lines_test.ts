/** Frames as readable lines. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { linesOf, type XmlLine } from "../../web/xml/lines.ts";
import { parseXml } from "./support.ts";

const drawn = (lines: readonly XmlLine[]) => lines.map(({ depth, spans }) => "  ".repeat(depth) + spans.map(({ text }) => text).join("")).join("\n");

const cases: readonly { readonly rule: string; readonly xml: string; readonly gives: string }[] = [
  { rule: "an empty element closes itself", xml: '<open xmlns="x" to="a.test"></open>', gives: '<open xmlns="x" to="a.test"/>' },
  { rule: "a short text stays on the line", xml: "<a><b>one</b></a>", gives: "<a>\n  <b>one</b>\n</a>" },
  { rule: "a long text gets its own line", xml: `<a>${"x".repeat(80)}</a>`, gives: `<a>\n  ${"x".repeat(80)}\n</a>` },
  { rule: "white space between elements is not shown", xml: "<a>\n  <b/>\n</a>", gives: "<a>\n  <b/>\n</a>" },
  { rule: "text beside elements keeps its place", xml: "<a>one<b/>two</a>", gives: "<a>\n  one\n  <b/>\n  two\n</a>" },
  { rule: "prefixes are shown", xml: '<s:f xmlns:s="y"><c/></s:f>', gives: '<s:f xmlns:s="y">\n  <c/>\n</s:f>' },
  { rule: "attributes are escaped again", xml: '<a b="&lt;&amp;&quot;"/>', gives: '<a b="&lt;&amp;&quot;"/>' },
  {
    rule: "escaped XML is unfolded",
    xml: "<notification>&lt;Update&gt;&lt;event&gt;PUT&lt;/event&gt;&lt;/Update&gt;</notification>",
    gives: "<notification>\n  <Update>\n    <event>PUT</event>\n  </Update>\n</notification>",
  },
  { rule: "escaped text that is no XML stays text", xml: "<n>&lt;broken</n>", gives: "<n><broken</n>" },
  { rule: "what is no XML stays as it is", xml: "<broken", gives: "<broken" },
];

for (const { rule, xml, gives } of cases) {
  test(`linesOf(): ${rule}`, () => assert.equal(drawn(linesOf(xml, parseXml)), gives));
}
