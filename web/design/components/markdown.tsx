/**
 * The Markdown of our documents: headings, paragraphs, lists, tables, fenced blocks, code, strong words and links. Nothing in it becomes HTML.
 *
 * @module
 */

import type { ComponentChildren } from "preact";

interface MarkdownProps {
  readonly text: string;
  /** Where a link of the document leads on the page. */
  readonly linkTo?: (target: string) => string;
}

type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly isOrdered: boolean; readonly items: readonly string[] }
  | { readonly kind: "table"; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: "paragraph"; readonly text: string };

export function Markdown({ text, linkTo = String }: MarkdownProps) {
  return blocksOf(text).map((block, at) => <BlockView key={at} block={block} linkTo={linkTo} />);
}

function BlockView({ block, linkTo }: { readonly block: Block; readonly linkTo: (target: string) => string }) {
  switch (block.kind) {
    case "heading": {
      const Heading = `h${Math.min(block.level, 4)}` as "h1";
      return <Heading>{inline(block.text, linkTo)}</Heading>;
    }
    case "code":
      return <pre class="xml">{block.text}</pre>;
    case "list": {
      const List = block.isOrdered ? "ol" : "ul";
      return (
        <List class="bullets">
          {block.items.map((item, at) => (
            <li key={at}>{inline(item, linkTo)}</li>
          ))}
        </List>
      );
    }
    case "table":
      return (
        <table class="table">
          <thead>
            <tr>
              {block.head.map((cell, at) => (
                <th key={at} scope="col">
                  {inline(cell, linkTo)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {block.rows.map((row, at) => (
              <tr key={at}>
                {row.map((cell, place) => (
                  <td key={place}>{inline(cell, linkTo)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
    case "paragraph":
      return <p>{inline(block.text, linkTo)}</p>;
  }
}

const HEADING = /^(#{1,6}) +(.+)$/;
const ITEM = /^(?:[-*]|(\d+)\.) +(.*)$/;

/** The blocks of a document, in order. */
export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    const [, marks = "", title] = HEADING.exec(line) ?? [];
    if (line.trim() === "" || line.startsWith("<!--")) continue;
    if (line.startsWith("```")) {
      const end = lines.findIndex((each, place) => place > at && each.startsWith("```"));
      const last = end === -1 ? lines.length : end;
      blocks.push({ kind: "code", text: lines.slice(at + 1, last).join("\n") });
      at = last;
    } else if (title !== undefined) blocks.push({ kind: "heading", level: marks.length, text: title });
    else {
      const end = lines.findIndex((each, place) => place > at && (each.trim() === "" || HEADING.test(each) || each.startsWith("```")));
      const own = lines.slice(at, end === -1 ? lines.length : end);
      blocks.push(textBlock(own));
      at += own.length - 1;
    }
  }
  return blocks;
}

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|\s*$/g, "")
    .split("|")
    .map((cell) => cell.trim());

function textBlock(lines: readonly string[]): Block {
  const [head = "", rule = "", ...rows] = lines;
  if (/^\|[-:| ]+\|$/.test(rule.trim())) return { kind: "table", head: cellsOf(head), rows: rows.map(cellsOf) };
  const first = ITEM.exec(lines[0] as string);
  if (!first) return { kind: "paragraph", text: lines.join(" ") };
  const items: string[] = [];
  for (const line of lines) {
    const item = ITEM.exec(line)?.[2];
    if (item !== undefined) items.push(item);
    else items.push(`${items.pop() ?? ""} ${line.trim()}`);
  }
  return { kind: "list", isOrdered: first[1] !== undefined, items };
}

const SPAN = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)|\\([!-/:-@[-`{-~])/g;

function inline(text: string, linkTo: (target: string) => string): ComponentChildren {
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const found of text.matchAll(SPAN)) {
    parts.push(text.slice(from, found.index));
    const [whole, code, strong, label = "", target = "", escaped] = found;
    if (code !== undefined) parts.push(<code>{code}</code>);
    else if (escaped !== undefined) parts.push(escaped);
    else if (strong !== undefined) parts.push(<strong>{inline(strong, linkTo)}</strong>);
    else
      parts.push(
        <a href={linkTo(target)} {...(/^https?:/.test(target) && { target: "_blank", rel: "noopener noreferrer" })}>
          {inline(label, linkTo)}
        </a>,
      );
    from = found.index + whole.length;
  }
  parts.push(text.slice(from));
  return parts;
}
