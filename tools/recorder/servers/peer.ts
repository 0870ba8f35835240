/**
 * What the scenarios want of a server, whichever it is: Deskwire, Prosody or ejabberd, with the people of the recordings
 * and a back end that publishes.
 *
 * @module
 */

export type ServerName = "deskwire" | "prosody" | "ejabberd";

export const DOMAIN = "cc1.acme.test";
export const PUBSUB = `pubsub.${DOMAIN}`;

export interface Peer {
  readonly name: ServerName;
  readonly port: number;
  /** `ws://127.0.0.1:port/…` */
  readonly socketUrl: string;
  readonly boshUrl: string;
  /** Publishes a payload on a node, as the back end does. */
  publish(node: string, payload: string): Promise<void>;
  /** Ends it; nothing where it has ended already. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export const passwordOf = (user: string): string => `pw-${user}`;
export const userNode = (user: string): string => `/finesse/api/User/${user}`;
export const teamNode = (team: string): string => `/finesse/api/Team/${team}/Users`;

/** Agents of team 42; the quick scenarios take the first two, those that wait one each. */
export const AGENTS = ["7001", "7002", ...Array.from({ length: 16 }, (_, n) => String(7011 + n))];

/** An event as Finesse publishes it. */
export function update(user: string, state: string): string {
  return `<Update><data><user><loginId>${user}</loginId><state>${state}</state></user></data><event>PUT</event><requestId></requestId><source>${userNode(user)}</source></Update>`;
}

export const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
