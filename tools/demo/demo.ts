/**
 * The demo of `npm start`: accounts on the first start, then a simulated back end; and never beyond this machine.
 *
 * @module
 */

import { randomBytes } from "node:crypto";

import { domainsOf } from "../../durable/settings.ts";
import { floorOf } from "../simulator/floor.ts";
import { simulate } from "../simulator/run.ts";
import { untilToldToEnd } from "../start/lifetime.ts";
import type { Options } from "../start/options.ts";
import { Problem } from "../start/problem.ts";
import { DEMO_ACCOUNTS, DEMO_TEAMS } from "./accounts.ts";
import { describe } from "./describe.ts";
import { deleteMarker, readMarker, writeMarker } from "./marker.ts";
import { deleteDemo, hasNobody, importDemo } from "./seed.ts";
import { type Tokens, takeTokens } from "./tokens.ts";

/** A demo that has a folder and tokens, before the server runs. */
export interface Demo {
  readonly dataDir: string;
  readonly domain: string;
  readonly tokens: Tokens;
  /** Variables of the Worker. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Takes tokens for the demo; the folder must exist. */
export function prepareDemo({ dataDir, variables }: Pick<Options, "dataDir" | "variables">): Demo {
  const tokens = takeTokens(dataDir, variables);
  const [domain = "localhost"] = domainsOf(variables);
  const page = JSON.stringify({ domain, accounts: DEMO_ACCOUNTS });
  const { adminToken, publishToken } = tokens;
  return { dataDir, domain, tokens, variables: { ADMIN_TOKEN: adminToken, PUBLISH_TOKEN: publishToken, DEMO_ACCOUNTS: page } };
}

/** Makes the accounts, on the first start in a folder. */
export async function seedDemo({ dataDir, domain, tokens }: Demo, url: string): Promise<void> {
  const marker = readMarker(dataDir) ?? {};
  if (marker[domain] === "seeded") return;
  const api = { url, token: tokens.adminToken, domain };
  if (!marker[domain] && !(await hasNobody(api))) {
    throw new Problem(
      `DATA_DIR ${dataDir} has users of its own, which the demo leaves alone.\n` +
        "Start without it (npm start -- --no-demo), or give it a folder of its own: DATA_DIR=… npm start",
    );
  }
  writeMarker(dataDir, { ...marker, [domain]: "seeding" });
  await importDemo(api);
  writeMarker(dataDir, { ...marker, [domain]: "seeded" });
}

/** Starts the simulated back end, and says who can sign in. */
export async function playDemo({ domain, tokens }: Demo, url: string): Promise<void> {
  const floor = floorOf(DEMO_ACCOUNTS, DEMO_TEAMS);
  const simulation = simulate({ url, domain, token: tokens.publishToken, floor, seed: Date.now() % 1_000_000, speed: 1, say: console.log });
  simulation.ended.catch((fault: Error) => console.error(`The simulator ended: ${fault.message}`));
  untilToldToEnd(simulation.stop);
  await simulation.started;
  for (const line of describe({ url, domain, tokens })) console.log(line);
}

/** Runs a server with some variables while something is done with it, on loopback; `work` gets its address. */
export type WithServer = (variables: Readonly<Record<string, string>>, work: (url: string) => Promise<void>) => Promise<void>;

/** Deletes the demo's accounts and then the marker. */
export async function removeDemo({ dataDir, variables }: Pick<Options, "dataDir" | "variables">, withServer: WithServer): Promise<void> {
  const domains = Object.keys(readMarker(dataDir) ?? {});
  if (domains.length === 0) return console.log(`There are no demo accounts in ${dataDir}.`);
  const token = randomBytes(24).toString("base64url");
  const { PUBLISH_TOKEN: _, ...others } = variables;
  await withServer({ ...others, ADMIN_TOKEN: token, XMPP_DOMAIN: domains.join(",") }, async (url) => {
    for (const domain of domains) await deleteDemo({ url, token, domain });
  });
  deleteMarker(dataDir);
  console.log(`The demo accounts are gone from ${dataDir}. Start without them: npm start -- --no-demo`);
}
