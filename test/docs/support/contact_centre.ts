/**
 * The other side of a snippet: publishes for clients that listen, and listens where a snippet publishes.
 *
 * @module
 */

import assert from "node:assert/strict";

import { connectStrophe } from "../../wire/support/stock/strophe.ts";
import type { Workbench } from "./workbench.ts";

const WATCHER = { user: "watcher", password: "watches" };
const WAIT_MS = 5000;

/** The tokens of the server that a block started: the demo's, or those the reader made. */
function tokenOf(bench: Workbench, scope: "admin" | "publish"): string {
  const demo = bench.read(".deskwire/tokens.json");
  if (demo !== null) return (JSON.parse(demo) as Record<string, string>)[`${scope}Token`] ?? "";
  return new RegExp(`^${scope.toUpperCase()}_TOKEN=(\\S+)$`, "m").exec(bench.read("secrets.env") ?? "")?.[1] ?? "";
}

/** Publishes one event. */
export async function publishTo(bench: Workbench, { node, payload }: { readonly node: string; readonly payload: string }): Promise<void> {
  const answer = await fetch(`${bench.url}/api/v1/nodes/${encodeURIComponent(node)}/items`, {
    method: "POST",
    headers: { Authorization: `Bearer ${tokenOf(bench, "publish")}`, "Content-Type": "application/xml" },
    body: payload,
  });
  assert.equal(answer.status, 201, await answer.text());
}

export interface Watching {
  /** Waits for an event with this payload. */
  sees(payload: string): Promise<void>;
  stop(): Promise<void>;
}

/** Signs in as a user made for it, and listens to a node. */
export async function watch(bench: Workbench, node: string): Promise<Watching> {
  const domain = await makeWatcher(bench);
  // A node comes to be by its first item, or by one whose team or user it is of.
  await publishTo(bench, { node, payload: "<Update/>" });
  const socketUrl = `${bench.url.replace("http:", "ws:")}/ws/`;
  const client = await connectStrophe({ socketUrl, domain, ...WATCHER, resource: "docs", mechanism: "SCRAM" });
  await client.announce();
  assert.equal(await client.subscribe(node), "subscribed");
  return {
    async sees(payload) {
      const until = performance.now() + WAIT_MS;
      while (performance.now() < until) if ((await client.nextEvent()).text === payload) return;
      throw new Error(`Nobody heard ${payload}`);
    },
    stop: () => client.disconnect(),
  };
}

/** A user of the demo comes and goes. */
export async function signInAndOut(bench: Workbench): Promise<void> {
  const socketUrl = `${bench.url.replace("http:", "ws:")}/ws/`;
  const client = await connectStrophe({ socketUrl, domain: "localhost", user: "1002", password: "demo-1002", resource: "docs", mechanism: "SCRAM" });
  await client.announce();
  await client.disconnect();
}

/** Answers the domain of the server. */
async function makeWatcher(bench: Workbench): Promise<string> {
  const answer = await fetch(`${bench.url}/api/v1/users/${WATCHER.user}`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${tokenOf(bench, "admin")}`, "Content-Type": "application/json" },
    body: JSON.stringify({ password: WATCHER.password, role: "publisher" }),
  });
  assert.ok(answer.ok, await answer.text());
  const system = await (await fetch(`${bench.url}/finesse/api/SystemInfo`)).text();
  return /<xmppDomain>([^<]+)</.exec(system)?.[1] ?? "";
}
