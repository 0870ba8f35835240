/** XML for reading: indented, coloured, and copied as it stands. @module */

import { useMemo } from "preact/hooks";

import { linesOf, type ParseXml } from "../../xml/lines.ts";

export function XmlView({ xml, parse }: { readonly xml: string; readonly parse: ParseXml }) {
  const lines = useMemo(() => linesOf(xml, parse), [xml, parse]);
  return (
    <pre class="xml">
      {lines.map(({ depth, spans }, at) => (
        <span key={at} class={`xml-line depth-${Math.min(depth, 12)}`}>
          {spans.map(({ kind, text }, place) => (
            <span key={place} class={kind}>
              {text}
            </span>
          ))}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}
