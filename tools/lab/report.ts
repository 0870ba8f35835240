/**
 * What a run found, as a Markdown table, and its place in a document.
 *
 * @module
 */

import type { Result } from "./run.ts";

const COLUMNS = ["transport", "events", "p50", "p95", "max", "requests", "connections", "bytes up", "bytes down", "of these to listen", "empty answers"];

/** Where the table stands in the document. */
const BEGIN = "<!-- npm run lab -- --write: begin -->";
const END = "<!-- npm run lab -- --write: end -->";

/** One row per transport; latencies in milliseconds. */
export function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ title, events, latency: { p50, p95, max }, counts, bytesToListen }) => {
    const { requests, connections, bytesUp, bytesDown, emptyAnswers } = counts;
    return [title, ...[events, p50, p95, max, requests, connections, bytesUp, bytesDown, bytesToListen, emptyAnswers].map(shown)];
  });
  const ruler = COLUMNS.map((_, at) => (at === 0 ? "---" : "--:"));
  return [COLUMNS, ruler, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function shown(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** The document with a text in the place of the table. */
export function withTable(document: string, text: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`The document has no place for the table: ${BEGIN}`);
  return `${document.slice(0, begin + BEGIN.length)}\n${text}\n${document.slice(end)}`;
}
