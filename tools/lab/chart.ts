/**
 * What a run found as a picture: bytes and requests per transport, and how late events come. In light and dark.
 *
 * @module
 */

import type { Result } from "./run.ts";

const WIDTH = 960;
const ROW = 34;
const TOP = 64;
const LABELS = 316;
const GAP = 24;
/** Beside a bar, for its number. */
const NUMBER = 84;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1d2430 }
  .head { font-weight: 600 }
  .number { fill: #4c5566 }
  .paper { fill: #ffffff }
  .up { fill: #b4591f }
  .down { fill: #1f6fb2 }
  .late { fill: #6a5acd }
  .line { stroke: #d5dae3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6eaf2 } .number { fill: #aab3c4 } .paper { fill: #12161d } .line { stroke: #323a48 }
    .up { fill: #e8935a } .down { fill: #62abe8 } .late { fill: #a99cff }
  }`;

interface Column {
  /** As SVG: words in the colours of the bars are their legend. */
  readonly title: string;
  readonly x: number;
  readonly width: number;
  readonly parts: readonly { readonly style: string; readonly value: (result: Result) => number }[];
  readonly number: (result: Result) => string;
}

const HALF = (WIDTH - LABELS - 2 * GAP) / 2;

const COLUMNS: readonly Column[] = [
  {
    title: 'Bytes <tspan class="up">up</tspan> and <tspan class="down">down</tspan>, headers included',
    x: LABELS,
    width: HALF - NUMBER,
    parts: [
      { style: "up", value: ({ counts }) => counts.bytesUp },
      { style: "down", value: ({ counts }) => counts.bytesDown },
    ],
    number: ({ counts }) => `${((counts.bytesUp + counts.bytesDown) / 1000).toFixed(1)} kB`,
  },
  {
    title: "Latency, 95 of 100 events below",
    x: LABELS + HALF + GAP,
    width: HALF - NUMBER,
    parts: [{ style: "late", value: ({ latency }) => latency.p95 }],
    number: ({ latency }) => `${Math.round(latency.p95).toLocaleString("en-US")} ms`,
  },
];

/** An SVG for the document. */
export function chartOf(results: readonly Result[], title: string): string {
  const height = TOP + results.length * ROW + 16;
  const labels = results.map((result, at) => `<text x="16" y="${middle(at)}">${escaped(result.title)}</text>`);
  const bars = COLUMNS.flatMap((column) => columnOf(column, results));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}"/>`,
    ...labels,
    ...bars,
    "</svg>",
    "",
  ].join("\n");
}

function columnOf({ title, x, width, parts, number }: Column, results: readonly Result[]): string[] {
  const most = Math.max(1, ...results.map((result) => sumOf(parts.map(({ value }) => value(result)))));
  const bars = results.flatMap((result, at) => {
    let from = x;
    const drawn = parts.map(({ style, value }) => {
      const length = (value(result) / most) * width;
      const bar = `<rect class="${style}" x="${from.toFixed(1)}" y="${TOP + at * ROW + 7}" width="${length.toFixed(1)}" height="${ROW - 14}"/>`;
      from += length;
      return bar;
    });
    return [...drawn, `<text class="number" x="${(from + 8).toFixed(1)}" y="${middle(at)}">${number(result)}</text>`];
  });
  return [
    `<text class="head" x="${x}" y="36">${title}</text>`,
    `<line class="line" x1="${x}" x2="${x}" y1="${TOP - 8}" y2="${TOP + results.length * ROW}"/>`,
    ...bars,
  ];
}

const middle = (at: number): number => TOP + at * ROW + ROW / 2 + 5;
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
