/**
 * A user's roster as a document, and what each request and each stanza of a subscription makes of it (RFC 6121 §2, §3).
 *
 * Pure: a step answers the roster that follows, the very same one where nothing changed, and what has to happen, in order.
 * Both sides of a subscription keep their own; so that stanzas which cross do not leave them apart, each is numbered by its
 * sender and says how far its sender has heard the other.
 *
 * @module
 */

import { type StanzaError, stanzaError } from "../stanza/stanza_error.ts";
import { EMPTY_TAIL } from "./tail.ts";
import { INBOUND, isFrom, OUTBOUND, partsOf, type State, stateOf, type Subscription, type SubscriptionType } from "./subscription.ts";

/** One contact (§2.1.2). */
export interface RosterItem {
  /** Bare, canonical. */
  readonly jid: string;
  readonly name?: string;
  readonly groups: readonly string[];
  readonly subscription: Subscription;
  /** The user has asked, and the contact has not answered (§2.1.2.2). */
  readonly ask?: true;
  /** The user has said yes before the contact asked (§3.4). */
  readonly approved?: true;
}

/** An item, with the number of what the user asked of the contact last. */
interface StoredItem extends RosterItem {
  readonly asked?: number;
}

/** Plain data: what is stored of it. */
export interface Roster {
  /** Rises with each change that clients hear of (§2.6). */
  readonly ver: number;
  readonly items: Readonly<Record<string, StoredItem>>;
  /** Requests that nobody has answered yet, by who asks: the stanza, from its attributes on (`StanzaTail`). */
  readonly pendingIn: Readonly<Record<string, string>>;
  /** By contact, the number of the last stanza that was heard. */
  readonly heard: Readonly<Record<string, number>>;
  /** Of the last stanza that was sent; numbers are milliseconds, made to rise. */
  readonly number: number;
}

export const NO_ROSTER: Roster = { ver: 0, items: {}, pendingIn: {}, heard: {}, number: 0 };

/** Contacts that the service made: nobody takes them away, and both sides have them. By bare jid. */
export type FixedContacts = ReadonlyMap<string, { readonly name: string; readonly groups: readonly string[] }>;

/** What to do, in order. */
export type RosterEffect =
  /** To all interested resources; the item as it stands, or that it is gone. */
  | { readonly effect: "push"; readonly item: RosterItem | { readonly jid: string; readonly subscription: "remove" } }
  /** A stanza of a contact, to the user's resources. */
  | { readonly effect: "deliver"; readonly to: "available" | "interested"; readonly from: string; readonly type: SubscriptionType; readonly tail: string }
  /** A stanza to a contact, which must arrive; `presence`: what of the user's own goes along behind it. */
  | {
      readonly effect: "route";
      readonly to: string;
      /** `unavailable`: presence alone. */
      readonly type: SubscriptionType | "unavailable";
      readonly tail: string;
      readonly number: number;
      readonly heard: number;
      readonly presence?: "shown" | "hidden";
    };

export interface RosterStep {
  readonly roster: Roster;
  readonly effects: readonly RosterEffect[];
}

/** Times and bounds. */
export interface RosterContext {
  /** Unix milliseconds. */
  readonly now: number;
  readonly fixed: FixedContacts;
  /** Items, and requests that wait, at most. */
  readonly most: number;
}

/** What is heard is remembered so long of those who are no contacts. */
const REMEMBERED_MS = 3_600_000;
/** A request to subscribe is kept as it came up to so many characters, without its content beyond. */
const MOST_PENDING = 4096;

const storedOf = (roster: Roster, jid: string): StoredItem | undefined => (Object.hasOwn(roster.items, jid) ? roster.items[jid] : undefined);
const pendingOf = (roster: Roster, jid: string): string | undefined => (Object.hasOwn(roster.pendingIn, jid) ? roster.pendingIn[jid] : undefined);
const heardOf = (roster: Roster, jid: string): number => (Object.hasOwn(roster.heard, jid) ? (roster.heard[jid] ?? 0) : 0);

const without = <T>(of: Readonly<Record<string, T>>, key: string): Record<string, T> => {
  const { [key]: _, ...rest } = of;
  return rest;
};

/** How it stands with somebody, the service's own doing left aside. */
export function standingWith(roster: Roster, jid: string): State {
  const item = storedOf(roster, jid);
  return stateOf(item?.subscription ?? "none", { ask: item?.ask === true, pendingIn: pendingOf(roster, jid) !== undefined });
}

/** An item as clients see it; undefined: there is none. */
export function itemOf(roster: Roster, fixed: FixedContacts, jid: string): RosterItem | undefined {
  const stored = storedOf(roster, jid);
  const made = fixed.get(jid);
  if (!made) return stored && visible(stored);
  return { jid, name: made.name, groups: [...new Set([...(stored?.groups ?? []), ...made.groups])], subscription: "both" };
}

const visible = ({ jid, name, groups, subscription, ask, approved }: StoredItem): RosterItem => ({
  jid,
  ...(name !== undefined && { name }),
  groups,
  subscription,
  ...(ask && { ask }),
  ...(approved && { approved }),
});

/** All items as clients see them. */
export function itemsOf(roster: Roster, fixed: FixedContacts): RosterItem[] {
  const jids = new Set([...fixed.keys(), ...Object.keys(roster.items)]);
  return [...jids].flatMap((jid) => itemOf(roster, fixed, jid) ?? []);
}

/** Pushes for what another set of fixed contacts changes. */
export function refixed(roster: Roster, before: FixedContacts, after: FixedContacts): RosterStep {
  const jids = new Set([...before.keys(), ...after.keys()]);
  const effects: RosterEffect[] = [];
  for (const jid of jids) {
    const [old, item] = [itemOf(roster, before, jid), itemOf(roster, after, jid)];
    if (JSON.stringify(old) !== JSON.stringify(item)) effects.push({ effect: "push", item: item ?? { jid, subscription: "remove" } });
  }
  return effects.length === 0 ? { roster, effects } : { roster: { ...roster, ver: roster.ver + 1 }, effects };
}

// ------------------------------------------------------------------ requests

/** What a roster set asks for (§2.3, §2.4). */
export interface WantedItem {
  readonly jid: string;
  readonly name?: string;
  readonly groups: readonly string[];
}

/** Adds or changes an item: its name and groups alone (§2.3.2, §2.4.2). */
export function setItem(roster: Roster, wanted: WantedItem, { fixed, most }: RosterContext): RosterStep | { readonly refusal: StanzaError } {
  const { jid, name, groups } = wanted;
  if (fixed.has(jid)) return { refusal: stanzaError("not-allowed", { text: "This contact is the service's" }) };
  const standing = storedOf(roster, jid);
  if (!standing && Object.keys(roster.items).length >= most)
    return { refusal: stanzaError("resource-constraint", { text: `A roster has ${most} contacts at most` }) };
  const { name: _, ...rest } = standing ?? { jid, subscription: "none" as const };
  return pushed(roster, { ...rest, groups, ...(name !== undefined && { name }) });
}

/** Takes an item away, and with it what it is subscribed to (§2.5.2). */
export function removeItem(roster: Roster, jid: string, context: RosterContext): RosterStep | { readonly refusal: StanzaError } {
  if (context.fixed.has(jid)) return { refusal: stanzaError("not-allowed", { text: "This contact is the service's" }) };
  const standing = storedOf(roster, jid);
  if (!standing) return { refusal: stanzaError("item-not-found") }; // §2.5.3
  const { subscription, ask } = standing;
  const effects: RosterEffect[] = [{ effect: "push", item: { jid, subscription: "remove" } }];
  let next: Roster = { ...roster, ver: roster.ver + 1, items: without(roster.items, jid) };
  const say = (type: SubscriptionType, presence?: "hidden") => {
    const said = route(next, { to: jid, type, tail: EMPTY_TAIL, ...(presence && { presence }) }, context);
    next = said.roster;
    effects.push(...said.effects);
  };
  if (ask || subscription === "to" || subscription === "both") say("unsubscribe");
  if (isFrom(subscription)) say("unsubscribed", "hidden");
  return { roster: next, effects };
}

function pushed(roster: Roster, item: StoredItem): RosterStep {
  const next = { ...roster, ver: roster.ver + 1, items: { ...roster.items, [item.jid]: item } };
  return { roster: next, effects: [{ effect: "push", item: visible(item) }] };
}

interface Said {
  readonly to: string;
  readonly type: SubscriptionType | "unavailable";
  readonly tail: string;
  readonly presence?: "shown" | "hidden";
}

/** Numbers a stanza to a contact; of one that asks, the number is kept with the item. */
function route(roster: Roster, { to, type, tail, presence }: Said, { now }: RosterContext): RosterStep {
  const number = Math.max(now, roster.number + 1);
  const item = storedOf(roster, to);
  const asks = type === "subscribe" || type === "unsubscribe";
  const items = item && asks ? { ...roster.items, [to]: { ...item, asked: number } } : roster.items;
  const effect: RosterEffect = { effect: "route", to, type, tail, number, heard: heardOf(roster, to), ...(presence && { presence }) };
  return { roster: { ...roster, number, items }, effects: [effect] };
}

// -------------------------------------------------------------------- stanzas

/** A stanza of a subscription, between the user and a contact; `tail`: its attributes and content. */
export interface SubscriptionStanza {
  /** Bare, canonical. */
  readonly contact: string;
  readonly type: SubscriptionType;
  readonly tail: string;
}

/** A stanza that the user sends (A.2, §3.4). */
export function outbound(roster: Roster, { contact, type, tail }: SubscriptionStanza, context: RosterContext): RosterStep | { readonly refusal: StanzaError } {
  // It is there already, and stays: what is asked for is so, and nothing else is to be had.
  if (context.fixed.has(contact)) {
    const effects: RosterEffect[] = type === "subscribe" ? [{ effect: "deliver", to: "interested", from: contact, type: "subscribed", tail: EMPTY_TAIL }] : [];
    return { roster, effects };
  }
  const standing = storedOf(roster, contact);
  const state = standingWith(roster, contact);
  const { next, passes } = OUTBOUND[type][state];
  if (!passes) return type === "subscribed" ? approve(roster, contact, context) : disapprove(roster, contact);
  const isNew = standing === undefined && (type === "subscribe" || type === "subscribed");
  if (isNew && Object.keys(roster.items).length >= context.most)
    return { refusal: stanzaError("resource-constraint", { text: `A roster has ${context.most} contacts at most` }) };
  const changed = become(roster, { contact, state, next, isNew });
  // §3.2.1: who denies for good denies what was granted in advance, too.
  const taken = type === "unsubscribed" ? withoutApproval(changed, contact) : changed;
  const presence = type === "subscribed" ? "shown" : type === "unsubscribed" && isFrom(partsOf(state).subscription) ? "hidden" : undefined;
  const said = route(taken.roster, { to: contact, type, tail, ...(presence && { presence }) }, context);
  return { roster: said.roster, effects: [...taken.effects, ...said.effects] };
}

/** §3.4.2: whoever has not asked yet is let in when they do. */
function approve(roster: Roster, contact: string, { most }: RosterContext): RosterStep | { readonly refusal: StanzaError } {
  const standing = storedOf(roster, contact);
  if (standing?.approved || (standing && isFrom(standing.subscription))) return { roster, effects: [] };
  if (!standing && Object.keys(roster.items).length >= most)
    return { refusal: stanzaError("resource-constraint", { text: `A roster has ${most} contacts at most` }) };
  return pushed(roster, { ...(standing ?? { jid: contact, groups: [], subscription: "none" }), approved: true });
}

function disapprove(roster: Roster, contact: string): RosterStep {
  return withoutApproval({ roster, effects: [] }, contact);
}

function withoutApproval({ roster, effects }: RosterStep, contact: string): RosterStep {
  const standing = storedOf(roster, contact);
  if (!standing?.approved) return { roster, effects };
  const { approved: _, ...rest } = standing;
  // One push says all of it.
  return mergePush({ roster, effects }, pushed(roster, rest));
}

function mergePush(before: RosterStep, after: RosterStep): RosterStep {
  return { roster: after.roster, effects: [...before.effects.filter(({ effect }) => effect !== "push"), ...after.effects] };
}

/** The item and the waiting request as the next state has them, with the push where clients see a difference. */
function become(
  roster: Roster,
  {
    contact,
    state,
    next,
    isNew = false,
    tail,
  }: { readonly contact: string; readonly state: State; readonly next: State; readonly isNew?: boolean; readonly tail?: string },
): RosterStep {
  if (state === next && !isNew) return { roster, effects: [] };
  const { subscription, ask, pendingIn } = partsOf(next);
  let after = roster;
  if (pendingIn && tail !== undefined) after = { ...after, pendingIn: { ...after.pendingIn, [contact]: tail.length > MOST_PENDING ? EMPTY_TAIL : tail } };
  if (!pendingIn && pendingOf(after, contact) !== undefined) after = { ...after, pendingIn: without(after.pendingIn, contact) };
  const standing = storedOf(roster, contact) ?? (isNew ? { jid: contact, groups: [], subscription: "none" as const } : undefined);
  // §3.1.3: somebody who only has asked is no contact, and clients hear of no item.
  if (!standing) return { roster: after, effects: [] };
  if (standing.subscription === subscription && (standing.ask === true) === ask && !isNew) return { roster: after, effects: [] };
  const { ask: _, ...rest } = standing;
  return pushed(after, { ...rest, subscription, ...(ask && { ask: true as const }) });
}

/** A stanza of a contact, as its session sent it. */
export interface HeardStanza extends SubscriptionStanza {
  readonly number: number;
  /** The last of the user's that the contact had heard. */
  readonly heard: number;
}

/** A stanza that a contact has sent (A.3). One that was heard already changes nothing. */
export function inbound(
  roster: Roster,
  stanza: Omit<HeardStanza, "type"> & { readonly type: HeardStanza["type"] | "unavailable" },
  context: RosterContext,
): RosterStep {
  const { contact, type, number } = stanza;
  if (number <= heardOf(roster, contact)) return { roster, effects: [] };
  const noted: Roster = { ...roster, heard: { ...recent(roster, context.now), [contact]: number } };
  if (type === "unavailable") return { roster: noted, effects: [] };
  if (type === "subscribe") return asked(noted, stanza, context);
  const state = standingWith(noted, contact);
  const crossing = crossed(noted, { ...stanza, type }, state);
  if (crossing === "ignored") return { roster: noted, effects: [] };
  const { next, passes } = crossing ?? INBOUND[type][state];
  const changed = become(noted, { contact, state, next });
  if (context.fixed.has(contact)) return { roster: changed.roster, effects: [] };
  const effects: RosterEffect[] = passes
    ? [{ effect: "deliver", to: "interested", from: contact, type, tail: stanza.tail }, ...changed.effects]
    : [...changed.effects];
  const hides = type === "unsubscribe" && isFrom(partsOf(state).subscription);
  if (!hides) return { roster: changed.roster, effects };
  // §3.3.3: who is subscribed no more sees everybody of the user's go.
  const said = route(changed.roster, { to: contact, type: "unavailable", tail: EMPTY_TAIL, presence: "hidden" }, context);
  return { roster: said.roster, effects: [...effects, ...said.effects] };
}

/**
 * An answer that was given before its sender had heard what the user asked last. Of what the user asked since, another
 * answer comes: a yes is waited for, a no leaves the later request standing.
 */
function crossed(
  roster: Roster,
  { contact, type, heard }: HeardStanza,
  state: State,
): { readonly next: State; readonly passes: boolean } | "ignored" | undefined {
  const item = storedOf(roster, contact);
  if (type === "unsubscribe" || item?.asked === undefined || heard >= item.asked) return undefined;
  if (type === "subscribed") return "ignored";
  const { subscription, ask, pendingIn } = partsOf(state);
  const asksStill = ask || subscription === "to" || subscription === "both";
  if (!asksStill) return "ignored";
  const left = isFrom(subscription) ? "from" : "none";
  return { next: stateOf(left, { ask: true, pendingIn }), passes: false };
}

/** A request to see the user's presence (A.3.1): it waits for the user, unless that was decided before. */
function asked(roster: Roster, { contact, tail }: Pick<SubscriptionStanza, "contact" | "tail">, context: RosterContext): RosterStep {
  const state = standingWith(roster, contact);
  const { next, passes, reply } = INBOUND.subscribe[state];
  const answer = (of: RosterStep): RosterStep => {
    const said = route(of.roster, { to: contact, type: "subscribed", tail: EMPTY_TAIL, presence: "shown" }, context);
    return { roster: said.roster, effects: [...of.effects, ...said.effects] };
  };
  if (reply) return answer({ roster, effects: [] });
  const isFixed = context.fixed.has(contact);
  if (isFixed || storedOf(roster, contact)?.approved) {
    const { subscription, ask } = partsOf(state);
    const granted = become(roster, {
      contact,
      state,
      next: stateOf(subscription === "to" ? "both" : "from", { ask, pendingIn: false }),
      isNew: !storedOf(roster, contact),
    });
    return answer({ roster: granted.roster, effects: isFixed ? [] : granted.effects });
  }
  const isKnown = pendingOf(roster, contact) !== undefined;
  // More than can wait are as if they had not asked.
  if (!isKnown && Object.keys(roster.pendingIn).length >= context.most) return { roster, effects: [] };
  const waiting = become(roster, { contact, state, next, tail });
  return {
    roster: waiting.roster,
    effects: passes ? [{ effect: "deliver", to: "available", from: contact, type: "subscribe", tail }, ...waiting.effects] : waiting.effects,
  };
}

/** What was heard of those who are no contacts is forgotten after a while. */
function recent({ heard, items, pendingIn }: Roster, now: number): Record<string, number> {
  const kept = Object.entries(heard).filter(([jid, number]) => number > now - REMEMBERED_MS || Object.hasOwn(items, jid) || Object.hasOwn(pendingIn, jid));
  return Object.fromEntries(kept);
}

/** The user is no more: everybody hears that nothing stands. */
export function dissolve(roster: Roster, context: RosterContext): RosterStep {
  let next = roster;
  const effects: RosterEffect[] = [];
  for (const { jid, subscription, ask } of Object.values(roster.items)) {
    const types: SubscriptionType[] = [];
    if (ask || subscription === "to" || subscription === "both") types.push("unsubscribe");
    if (isFrom(subscription)) types.push("unsubscribed");
    for (const type of types) {
      const said = route(next, { to: jid, type, tail: EMPTY_TAIL, ...(type === "unsubscribed" && { presence: "hidden" as const }) }, context);
      next = said.roster;
      effects.push(...said.effects);
    }
  }
  for (const jid of Object.keys(roster.pendingIn)) {
    const said = route(next, { to: jid, type: "unsubscribed", tail: EMPTY_TAIL }, context);
    next = said.roster;
    effects.push(...said.effects);
  }
  return { roster: { ...next, ver: next.ver + 1, items: {}, pendingIn: {} }, effects };
}
