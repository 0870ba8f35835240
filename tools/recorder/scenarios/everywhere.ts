/**
 * The same scenario on several servers.
 *
 * @module
 */

import type { Peer, ServerName } from "../servers/peer.ts";
import type { Scenario, Stage } from "../stage.ts";

export const ALL: readonly ServerName[] = ["deskwire", "prosody", "ejabberd"];

/** One scenario for each server; `start` answers the shared one. */
export function everywhere(servers: readonly ServerName[], of: (server: ServerName, start: (stage: Stage) => Promise<Peer>) => Scenario): Scenario[] {
  return servers.map((server) => of(server, (stage) => stage.servers[server]()));
}
