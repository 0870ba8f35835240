/**
 * What `npm run simulate` was asked for: its arguments and the tokens of the environment.
 *
 * @module
 */

import { parseArgs } from "node:util";

import { Problem } from "../start/problem.ts";
import { originOf } from "../../worker/settings.ts";

export const USAGE = `npm run simulate -- [--url http://127.0.0.1:8787] [--domain …] [--agents all|1001,1002] [--seed N] [--speed X]

Plays a contact centre's back end against a Deskwire: agents sign in and out, calls ring, are answered, held and ended.
Tokens come from the environment. With ADMIN_TOKEN it plays the server's own agents and teams, with PUBLISH_TOKEN alone
those of the demo.`;

export interface SimulatorOptions {
  readonly url: string;
  readonly domain: string | null;
  /** Publishes. */
  readonly token: string;
  /** Lists users and teams; null: those of the demo are taken. */
  readonly adminToken: string | null;
  /** Null: all. */
  readonly agents: readonly string[] | null;
  readonly seed: number;
  readonly speed: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {Problem} names what is wrong, and what it may be */
export function readSimulatorOptions(args: readonly string[], { ADMIN_TOKEN, PUBLISH_TOKEN }: Environment): SimulatorOptions | "help" {
  const given = parse(args);
  if (given.help) return "help";
  const token = PUBLISH_TOKEN || ADMIN_TOKEN;
  if (!token) {
    throw new Problem(
      "Neither PUBLISH_TOKEN nor ADMIN_TOKEN is set. Set the one that the server was started with: PUBLISH_TOKEN=… npm run simulate (a demo keeps its own in .deskwire/tokens.json).",
    );
  }
  return {
    url: urlOf(given.url ?? "http://127.0.0.1:8787"),
    domain: given.domain || null,
    token,
    adminToken: ADMIN_TOKEN || null,
    agents: agentsOf(given.agents ?? "all"),
    seed: numberOf("--seed", { text: given.seed ?? String(Date.now() % 1_000_000), from: 0, to: 4_294_967_295, whole: true }),
    speed: numberOf("--speed", { text: given.speed ?? "1", from: 0.1, to: 100 }),
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    const options = { url: text, domain: text, agents: text, seed: text, speed: text, help: { type: "boolean" } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (wrong) {
    throw new Problem(`${(wrong as Error).message}\n\n${USAGE}`);
  }
}

function urlOf(given: string): string {
  const origin = originOf(given);
  if (origin === undefined) throw new Problem(`--url must be like http://127.0.0.1:8787, without a path: "${given}"`);
  return origin;
}

function agentsOf(given: string): readonly string[] | null {
  if (given === "all") return null;
  const ids = given
    .split(",")
    .map((id) => id.trim())
    .filter(Boolean);
  if (ids.length === 0) throw new Problem('--agents must be "all" or ids like 1001,1002');
  return ids;
}

function numberOf(name: string, { text, from, to, whole = false }: { text: string; from: number; to: number; whole?: boolean }): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= from && value <= to && (!whole || Number.isInteger(value))) return value;
  throw new Problem(`${name} must be a${whole ? " whole" : ""} number from ${from} to ${to}: "${text}"`);
}
