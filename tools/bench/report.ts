/**
 * What a run found, as a Markdown table.
 *
 * Pure.
 *
 * @module
 */

import { percentile } from "../lab/statistics.ts";
import type { Kind } from "./readers.ts";
import type { Outcome, Phase } from "./run.ts";

const TITLES: Readonly<Record<Kind, string>> = { websocket: "WebSocket", managed: "WebSocket with XEP-0198", bosh: "BOSH", sse: "server-sent events" };
const HEAD = ["published to", "deliveries", "CPU per delivery", "without idle", "p50", "p99", "memory per session"];

/** Rows of each phase; CPU in microseconds of the server, latencies in milliseconds, memory in kilobytes. */
export function tableOf({ phases, idleShare, memoryKb }: Outcome, users: number): string {
  const rows = phases.map((phase) => [
    titleOf(phase),
    phase.deliveries.toLocaleString("en-US"),
    `${micros(phase.cpuSeconds, phase)} µs`,
    `${micros(phase.cpuSeconds - idleShare * phase.seconds, phase)} µs`,
    latencyOf(phase, 0.5),
    latencyOf(phase, 0.99),
    memoryOf(phase, memoryKb, users),
  ]);
  const ruler = HEAD.map((_, at) => (at === 0 ? "---" : "--:"));
  return [HEAD, ruler, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function titleOf({ kinds }: Phase): string {
  return kinds.length === 1 ? TITLES[kinds[0] as Kind] : "all of them";
}

function micros(seconds: number, { deliveries }: Phase): string {
  return ((seconds * 1e6) / deliveries).toFixed(0);
}

/** Of all of them, each kind's own. */
function latencyOf({ latencies }: Phase, share: number): string {
  return Object.values(latencies)
    .map((values) => percentile(values, share).toFixed(0))
    .join(" / ");
}

function memoryOf({ kinds: [kind, ...others] }: Phase, memoryKb: Outcome["memoryKb"], users: number): string {
  return kind === undefined || others.length > 0 ? "" : `${((memoryKb[kind] ?? 0) / users).toFixed(1)} kB`;
}
