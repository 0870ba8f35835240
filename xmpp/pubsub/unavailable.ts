/**
 * The item by which back ends learn that a user has no available resource left (docs/webhooks.md).
 *
 * @module
 */

import { escapeAttr } from "../xml/serialize.ts";

export const PRESENCE_NS = "urn:deskwire:presence";

/** Who went, how, and when; times in Unix milliseconds. */
export interface Unavailable {
  /** Id as provisioned. */
  readonly user: string;
  /** Bare jid. */
  readonly jid: string;
  /** The last one that was available. */
  readonly resource: string;
  readonly cause: string;
  /** When it went. */
  readonly since: number;
  /** When the grace ended. */
  readonly until: number;
}

/** Renders the payload: one element that declares its namespace. */
export function renderUnavailable({ since, until, ...texts }: Unavailable): string {
  const fields = { user: texts.user, jid: texts.jid, resource: texts.resource, cause: texts.cause, since: rfc3339(since), until: rfc3339(until) };
  const attributes = Object.entries(fields).map(([name, value]) => ` ${name}="${escapeAttr(value)}"`);
  return `<unavailable xmlns="${PRESENCE_NS}"${attributes.join("")}/>`;
}

const rfc3339 = (at: number): string => new Date(at).toISOString();
