/**
 * Who of a user's resources gets a stanza, and what its sender is told where none does: the tables of RFC 6121 §8.5.
 *
 * There is no store for messages of those who are absent: a message that nobody gets is refused, as one to a name that nobody has.
 *
 * Deviates: a request to a full jid is delivered also where the two share no presence (§8.5.3.1 would have it refused); RFC 6120 §10.5.4
 * says to deliver it, other servers do, and file transfer between users who are no contacts needs it.
 *
 * @module
 */

import type { Relayed } from "./relayed.ts";

/** One connected resource of the user, as far as is known: who decides may find that it is not available after all, and asks again without it. */
export interface Resource {
  readonly resource: string;
  readonly available: boolean;
  readonly priority: number;
}

export type Route<R extends Resource> =
  /** To each of these. `needs`: what each must be when the stanza gets there. */
  | { readonly route: "deliver"; readonly to: readonly R[]; readonly needs: Needs }
  /** The server answers on the user's behalf. */
  | { readonly route: "answer" }
  /** `service-unavailable`. */
  | { readonly route: "refuse" }
  | { readonly route: "ignore" };

/** What a stream must be to get a stanza: there at all, present with whatever priority, or present with a priority that is not negative. */
export type Needs =
  | "available"
  /** Bound, and it asked for the block list (XEP-0191 §3.2). */
  | "blocklist"
  | "connected"
  | "non-negative";

const REFUSE = { route: "refuse" } as const;
const IGNORE = { route: "ignore" } as const;

/** Finds out where a stanza goes (§8.5.2, §8.5.3). `resource`: of the address, "" for a bare one. */
export function route<R extends Resource>({ kind, type }: Pick<Relayed, "kind" | "type">, resource: string, resources: readonly R[]): Route<R> {
  const match = resource === "" ? undefined : resources.find((one) => one.resource === resource);
  if (match) return { route: "deliver", to: [match], needs: "connected" }; // §8.5.3.1
  if (kind === "iq") return routeIq(type, resource);
  if (kind === "presence") return routePresence(resource, resources);
  return routeMessage(type, { isBare: resource === "", resources });
}

/** Answers to a bare jid, or to somebody who is gone, are nobody's (§8.5.2.1.3, §8.5.3.2.3). */
function routeIq(type: string, resource: string): Route<never> {
  if (type !== "get" && type !== "set") return IGNORE;
  return resource === "" ? { route: "answer" } : REFUSE;
}

/** To all who are available, whatever their priorities (§8.5.2.1.2); else nothing is said (§8.5.2.2.2, §8.5.3.2.2). */
function routePresence<R extends Resource>(resource: string, resources: readonly R[]): Route<R> {
  const to = resource === "" ? resources.filter(({ available }) => available) : [];
  return to.length > 0 ? { route: "deliver", to, needs: "available" } : IGNORE;
}

interface Addressed<R> {
  readonly isBare: boolean;
  readonly resources: readonly R[];
}

/** Messages to a bare jid, or to a resource that is not there, by type (§8.5.4). */
const MESSAGES: Readonly<Record<string, <R extends Resource>(of: Addressed<R>) => Route<R>>> = {
  normal: ({ isBare, resources }) => (isBare ? toMostAvailable(resources) : REFUSE),
  chat: ({ resources }) => toMostAvailable(resources),
  groupchat: () => REFUSE,
  headline: ({ isBare, resources }) => (isBare ? toAll(resources) : IGNORE),
  error: () => IGNORE,
};

function routeMessage<R extends Resource>(type: string, of: Addressed<R>): Route<R> {
  return (MESSAGES[type] ?? (MESSAGES["normal"] as (typeof MESSAGES)[string]))(of);
}

function nonNegative<R extends Resource>(resources: readonly R[]): R[] {
  return resources.filter(({ available, priority }) => available && priority >= 0);
}

/** To those of the highest priority, if that is not negative (§8.5.2.1.1: the "most available"). */
function toMostAvailable<R extends Resource>(resources: readonly R[]): Route<R> {
  const able = nonNegative(resources);
  const highest = Math.max(...able.map(({ priority }) => priority));
  const to = able.filter(({ priority }) => priority === highest);
  return to.length > 0 ? { route: "deliver", to, needs: "non-negative" } : REFUSE;
}

/** A headline is for all, or for nobody (§8.5.2.1.1, §8.5.2.2.1). */
function toAll<R extends Resource>(resources: readonly R[]): Route<R> {
  const to = nonNegative(resources);
  return to.length > 0 ? { route: "deliver", to, needs: "non-negative" } : IGNORE;
}
