/**
 * What `npm run bench:transports` was asked for.
 *
 * @module
 */

import { parseArgs } from "node:util";

import { Problem } from "../start/problem.ts";
import { type Kind, READERS } from "./readers.ts";

export interface BenchOptions {
  /** Of each kind. */
  readonly users: number;
  /** Users of a team, and so deliveries of a publish. */
  readonly team: number;
  /** Deliveries a second, over all who are published to. */
  readonly rate: number;
  /** Of each phase. */
  readonly seconds: number;
  readonly kinds: readonly Kind[];
  /** How often each kind has its turn. */
  readonly rounds: number;
}

export const USAGE = `npm run bench:transports -- [--users 1000] [--team 100] [--rate 2000] [--seconds 20]
                               [--kinds websocket,bosh,sse] [--rounds 1]

Starts a server of its own, connects as many users over WebSockets, over BOSH and over server-sent events, all at the same
time, and publishes to one kind after the other, then to all of them. Says what each took of the server: CPU per delivery,
memory per session, latency. Ends with 1 if anything was lost, repeated or out of order. Linux only: it reads /proc.

  --users     of each kind, 1 to 1,000
  --team      users of one team: every event goes to all of a team
  --rate      deliveries a second
  --seconds   how long each phase is measured
  --kinds     of websocket, managed (a WebSocket with stream management, XEP-0198), bosh and sse
  --rounds    how often each kind has its turn, one after the other: what differs by less than rounds of one do is nothing`;

const READ = { users: ["1000", 1, 1000], team: ["100", 1, 1000], rate: ["2000", 1, 100_000], seconds: ["20", 1, 600], rounds: ["1", 1, 100] } as const;
const STANDARD_KINDS = "websocket,bosh,sse";

/** @throws {Problem} names the argument that is wrong, and what it may be */
export function readBenchOptions(args: readonly string[]): BenchOptions | "help" {
  const given = parsed(args);
  if (given.help) return "help";
  const read = (name: keyof typeof READ): number => whole(name, given[name]);
  return {
    users: read("users"),
    team: Math.min(read("team"), read("users")),
    rate: read("rate"),
    seconds: read("seconds"),
    rounds: read("rounds"),
    kinds: kindsOf(given.kinds),
  };
}

function kindsOf(given = STANDARD_KINDS): Kind[] {
  const kinds = given.split(",");
  const wrong = kinds.find((kind, at) => !Object.hasOwn(READERS, kind) || kinds.indexOf(kind) !== at);
  if (wrong !== undefined) throw new Problem(`--kinds must be of ${Object.keys(READERS).join(", ")}, each once: "${wrong}"`);
  return kinds as Kind[];
}

function parsed(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { users: text, team: text, rate: text, seconds: text, kinds: text, rounds: text, help: { type: "boolean" } },
      strict: true,
    }).values;
  } catch (fault) {
    throw new Problem(`${(fault as Error).message}\n\n${USAGE}`);
  }
}

function whole(name: keyof typeof READ, given: string | undefined): number {
  const [standard, least, most] = READ[name];
  const text = given ?? standard;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (value < least || value > most) throw new Problem(`--${name} must be a whole number from ${least} to ${most}: "${text}"`);
  return value;
}
