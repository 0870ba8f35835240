/**
 * `npm run bench:nodes`: what requests cost of a node with 10,000 subscriptions and 10,000 items, beside one with 100.
 *
 * Ends with 1 where a request to the big one takes more than double the CPU time.
 *
 * @module
 */

import { loadavg } from "node:os";

import { type Measured, measureNodes } from "./bench/nodes/run.ts";
import { readDeployment } from "./start/deployment.ts";

const SIZES = [100, 10_000] as const;
const TIMES = 50;
const ROUNDS = Number(process.argv[2] ?? 12);

const whole = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 0 });
const some = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 1 });
const ratioOf = ({ micros: [small, big] }: Measured): number => big / small;

function tableOf(measured: readonly Measured[]): string {
  const rows = measured.map((each) => {
    const [small, big] = each.rows;
    const read = `${some(small.read)}, ${some(big.read)}`;
    return `| ${each.name} | ${whole(each.micros[0])} | ${whole(each.micros[1])} | ${ratioOf(each).toFixed(2)} | ${read} | ${some(small.written)}, ${some(big.written)} |`;
  });
  return [`| | ${SIZES[0]}, µs | ${whole(SIZES[1])}, µs | ratio | rows read | rows written |`, "| --- | --- | --- | --- | --- | --- |", ...rows].join("\n");
}

console.log(`Load before: ${loadavg()[0]?.toFixed(1)}`);
const { warm, cold } = await measureNodes({ sizes: SIZES, times: TIMES, rounds: ROUNDS }, await readDeployment(), console.log);
console.log(`\n${tableOf(warm)}\n\nThe first request after a sleep, which reads of the rows what it needs:\n\n${tableOf(cold)}\n`);
console.log(`Load after: ${loadavg()[0]?.toFixed(1)}`);
const over = warm.filter((each) => ratioOf(each) > 2);
console.log(over.length === 0 ? "None takes more than double." : `More than double: ${over.map(({ name }) => name).join("; ")}`);
process.exitCode = over.length === 0 ? 0 : 1;
