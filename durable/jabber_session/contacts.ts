/**
 * A user's contacts: the roster, who sees whose presence, and what their sessions are told (docs/protocol.md: Contacts).
 *
 * What `xmpp/roster/` decides is done here. A user without contacts pays nothing: no row, no call.
 *
 * @module
 */

import {
  blocks,
  CONTACT_NAME,
  dissolve,
  EMPTY_TAIL,
  type FixedContacts,
  inbound,
  isFrom,
  isTo,
  itemOf,
  itemsOf,
  KEPT_TAIL,
  NO_ROSTER,
  outbound,
  partsOf,
  presenceWith,
  refixed,
  removeItem,
  renderPush,
  renderRosterItem,
  renderRosterQuery,
  type Roster,
  type RosterContext,
  type RosterEffect,
  type RosterRequest,
  type RosterStep,
  setItem,
  type StanzaError,
  standingWith,
  type StanzaTail,
  type SubscriptionType,
} from "../../xmpp/mod.ts";
import type { Env, UserRecord } from "../contract.ts";
import type { ContactAnswer, Presences, PresencesRequest, StreamPresence, SubscriptionNotice, Telling } from "../contract_contacts.ts";
import type { PresenceRows } from "../protocol/presence_book.ts";
import type { Change, SessionState } from "../protocol/session_state.ts";
import type { Settings } from "../settings.ts";
import { CONTRACT, sessionOf, within } from "../stubs.ts";
import { Channels } from "./channels.ts";
import { PresenceCircle } from "./presence_circle.ts";
import { Tellings } from "./tellings.ts";

/** A stanza that a contact's session has not answered yet. */
export interface Owed {
  readonly to: string;
  readonly number: number;
  readonly heard: number;
  readonly type: SubscriptionNotice["type"];
  readonly tail: StanzaTail;
  /** The contact sees the user's presence from now on. */
  readonly shows?: true;
  /** The contact sees it no more: these resources go. */
  readonly hides?: readonly string[];
}

export interface RosterRows {
  readonly roster?: Roster;
  /** The oldest first. */
  readonly outbox?: readonly Owed[];
}

export interface ContactsOf {
  readonly env: Env;
  readonly settings: Settings;
  readonly domain: string;
  readonly jid: string;
  readonly state: SessionState;
  apply(changes: readonly Change[]): void;
  /** Is there such a user? Asks the Directory where that is not known here. */
  exists(): Promise<boolean>;
  /** Does the user want nothing of this one? */
  blocks(jid: string): boolean;
  putRoster(rows: RosterRows): void;
  putPresences(rows: PresenceRows): void;
  /** Wakes the session for what is owed. */
  arm(): void;
  waitUntil(work: Promise<unknown>): void;
}

/** How long a message waits for presence before it. */
const QUIET_MS = 1000;
const NOBODY: FixedContacts = new Map();
const DONE: ContactAnswer = { outcome: "done" };

export class Contacts {
  readonly #of: ContactsOf;
  readonly #circle: PresenceCircle;
  readonly #tellings: Tellings;
  readonly #channels: Channels;
  #roster: Roster;
  #outbox: readonly Owed[];
  /** The rows were looked at for what is owed. */
  #isResumed = false;
  /** Something was settled that the rows still have. */
  #isUnsaved = false;
  #fixed: { readonly record: UserRecord; readonly contacts: FixedContacts } | undefined;

  constructor(of: ContactsOf, rows: RosterRows & PresenceRows) {
    this.#of = of;
    this.#roster = rows.roster ?? NO_ROSTER;
    this.#outbox = rows.outbox ?? [];
    const { env, settings, jid, state } = of;
    this.#tellings = new Tellings({
      env,
      settings,
      jid,
      current: (stream) => state.current(stream),
      becameSocial: (stream, presence) => this.#becameSocial(stream, presence),
      failed: () => of.arm(),
      waitUntil: (work) => of.waitUntil(work),
    });
    this.#channels = new Channels({ waitUntil: (work) => of.waitUntil(work), idle: () => this.#saveSettled() });
    this.#circle = new PresenceCircle(
      {
        ...of,
        channels: this.#channels,
        exists: () => of.exists(),
        blocks: (who) => of.blocks(who),
        isSeenBy: (who) => this.isSeenBy(who),
        isWatched: (who) => this.#isWatched(who),
        contactsWho: (see) => this.#contactsWho(see),
        say: (stream, stanzas) => this.#say(stream, stanzas),
        putPresences: (document) => of.putPresences(document),
        arm: () => of.arm(),
      },
      rows,
    );
  }

  // --------------------------------------------------------------- who is one

  get #service(): string {
    return `${CONTACT_NAME}@${this.#of.domain}`;
  }

  /** Contacts by a team's setting. */
  get fixed(): FixedContacts {
    const { record } = this.#of.state;
    // Of a user who is no more, those who are still to hear of it.
    if (record === null) return this.#fixed?.contacts ?? NOBODY;
    if (this.#fixed?.record !== record) {
      const contacts = record.contacts ?? [];
      this.#fixed = { record, contacts: contacts.length === 0 ? NOBODY : new Map(contacts.map(({ jid, name, groups }) => [jid, { name, groups }])) };
    }
    return this.#fixed.contacts;
  }

  /** With the service's own. */
  get #fixedAll(): FixedContacts {
    return new Map([[this.#service, { name: CONTACT_NAME, groups: [] }], ...this.fixed]);
  }

  get #context(): RosterContext {
    return { now: Date.now(), fixed: this.#fixedAll, most: this.#of.settings.CONTACTS_PER_USER };
  }

  /** Is there somebody whom the presence of this user's streams concerns, or a roster beside the service contact? */
  get isSocial(): boolean {
    const { state, settings } = this.#of;
    if (this.#roster.ver > 0 || Object.keys(this.#roster.pendingIn).length > 0 || this.fixed.size > 0) return true;
    if (settings.profile !== "open") return false;
    let streams = 0;
    for (const _ of state.streams) if (++streams > 1) return true;
    return false;
  }

  /** May this one see the user's presence? */
  isSeenBy(jid: string): boolean {
    if (this.#of.blocks(jid)) return false;
    return this.fixed.has(jid) || isFrom(partsOf(standingWith(this.#roster, jid)).subscription);
  }

  /**
   * The block list has changed (XEP-0191 §3.2, §3.3): whoever saw the user and is blocked hears that the user is gone, though nothing
   * else any more; whoever is not any more hears how the user is, and is asked.
   */
  reblocked({ blocked, unblocked }: { readonly blocked: readonly string[]; readonly unblocked: readonly string[] }): void {
    const [out, back] = [new Set(blocked), new Set(unblocked)];
    const own = Object.values(this.#roster.items).filter((item) => this.#isUser(item.jid));
    const known = [...new Set([...this.fixed.keys(), ...own.map(({ jid }) => jid)])];
    const isSeenOtherwise = (jid: string): boolean => this.fixed.has(jid) || isFrom(partsOf(standingWith(this.#roster, jid)).subscription);
    let isOwed = false;
    for (const { stream, resource, directed } of this.#circle.book.available) {
      const to = [...new Set([...known.filter(isSeenOtherwise), ...directed])].filter((jid) => blocks(out, jid));
      if (to.length > 0) this.#circle.goes({ resource, tail: EMPTY_TAIL, at: Date.now(), to });
      isOwed ||= to.length > 0;
      for (const jid of known) if (blocks(back, jid)) this.#circle.show(jid, stream, true);
    }
    if (isOwed) this.#circle.putPresences();
  }

  /** Groups in which the user has this one; none of who is blocked. */
  groupsWith(jid: string): readonly string[] {
    return this.#of.blocks(jid) ? [] : (itemOf(this.#roster, this.#fixedAll, jid)?.groups ?? []);
  }

  /** All groups of the roster. */
  get groupNames(): string[] {
    return [...new Set(itemsOf(this.#roster, this.#fixedAll).flatMap(({ groups }) => groups))];
  }

  #isWatched(jid: string): boolean {
    return this.fixed.has(jid) || isTo(partsOf(standingWith(this.#roster, jid)).subscription);
  }

  #contactsWho(see: "seen" | "watched" | "either"): string[] {
    const isOne = ({ subscription }: { readonly subscription: "none" | "to" | "from" | "both" }): boolean =>
      subscription !== "none" && (see === "either" || (see === "seen" ? isFrom(subscription) : isTo(subscription)));
    const own = Object.values(this.#roster.items).filter((item) => isOne(item) && this.#isUser(item.jid));
    return [...new Set([...this.fixed.keys(), ...own.map(({ jid }) => jid)])].filter((jid) => !this.#of.blocks(jid));
  }

  #isUser(jid: string): boolean {
    return jid.endsWith(`@${this.#of.domain}`) && jid !== this.#of.jid && jid !== this.#service;
  }

  // ------------------------------------------------------------------ streams

  /** A stream was bound: are its presences to be told? Those of before are told that it is so from now on. */
  bound(stream: string): { readonly social: boolean; readonly changes: readonly Change[] } {
    if (!this.isSocial) return { social: false, changes: [] };
    const changes = this.#of.state.social(stream);
    this.#socialize();
    return { social: true, changes };
  }

  /** Every stream is to tell of its presences. */
  #socialize(): void {
    if (!this.isSocial) return;
    for (const { stream, social } of this.#of.state.streams) if (!social) this.#tellings.socialize(stream);
  }

  #becameSocial(stream: string, presence: StreamPresence | null): void {
    if (this.#of.state.current(stream)?.social) return;
    this.#of.apply(this.#of.state.social(stream));
    if (presence) this.#catchUp(stream, presence);
  }

  /** What a stream said before anybody wanted to know. A request that made it known was told to the stream as it came. */
  #catchUp(stream: string, { tail, at }: StreamPresence): void {
    const row = this.#of.state.current(stream);
    if (!row) return;
    const known = this.#circle.book.of(stream);
    const { resource } = row;
    if (tail !== undefined) this.#circle.book.show(stream, { resource, tail, at });
    else if (!known?.available) return;
    this.#circle.putPresences();
    this.#circle.broadcast(stream, true);
  }

  /** A stream said how it is. */
  announced(
    stream: string,
    { available, tail = EMPTY_TAIL, at }: { readonly available: boolean; readonly tail?: StanzaTail | undefined; readonly at: number },
  ): void {
    const row = this.#of.state.current(stream);
    if (!row) return;
    if (!available) return this.#circle.left(stream, { tail, at });
    const { isSocial } = this;
    if (!isSocial && tail.length <= KEPT_TAIL && !this.#circle.book.of(stream)) return;
    const shown = this.#circle.book.show(stream, { resource: row.resource, tail, at });
    if (!shown) return;
    this.#circle.putPresences();
    if (!isSocial) return;
    this.#circle.broadcast(stream, !shown.wasAvailable);
    if (!shown.wasAvailable) this.#say(stream, this.#pendingRequests());
  }

  /** Requests that wait for the user, with each resource that comes (RFC 6121 §3.1.3). */
  #pendingRequests(): Telling[] {
    return Object.entries(this.#roster.pendingIn)
      .filter(([from]) => !this.#of.blocks(from))
      .map(([from, tail]) => ({ needs: "available", text: presenceWith({ from, to: this.#of.jid, type: "subscribe" }, tail) }));
  }

  sendDirected(stream: string, of: Parameters<PresenceCircle["sendDirected"]>[1]): ContactAnswer {
    return this.#circle.sendDirected(stream, of);
  }

  async probe(stream: string, to: string): Promise<string[]> {
    return await this.#circle.probe(stream, to);
  }

  async presences(request: PresencesRequest): Promise<{ readonly shown: Presences | null }> {
    return await this.#circle.presences(request);
  }

  /** Streams are over. */
  removed(changes: readonly Change[]): void {
    for (const change of changes) if ("remove" in change && change.remove === "stream") this.#circle.left(change.stream, { tail: EMPTY_TAIL, at: Date.now() });
  }

  // ----------------------------------------------------------------- requests

  roster(ver: string | null): string | null {
    const standing = `v${this.#roster.ver}`;
    if (ver === standing) return null;
    const items = itemsOf(this.#roster, this.#fixedAll).map(renderRosterItem);
    return renderRosterQuery(items, ver === null ? undefined : standing);
  }

  setRoster(stream: string, request: RosterRequest, presence: StreamPresence | undefined): ContactAnswer {
    const step = request.request === "set" ? setItem(this.#roster, request.item, this.#context) : removeItem(this.#roster, request.jid, this.#context);
    return this.#done(stream, step, presence);
  }

  sendSubscription(
    stream: string,
    {
      to,
      type,
      tail,
      presence,
    }: { readonly to: string; readonly type: SubscriptionType; readonly tail: StanzaTail; readonly presence?: StreamPresence | undefined },
  ): ContactAnswer {
    if (!this.#isUser(to) && to !== this.#service) return DONE;
    return this.#done(stream, outbound(this.#roster, { contact: to, type, tail }, this.#context), presence);
  }

  #done(stream: string, step: RosterStep | { readonly refusal: StanzaError }, presence: StreamPresence | undefined): ContactAnswer {
    if ("refusal" in step) return { outcome: "refused", refusal: step.refusal };
    const becomes = !this.#of.state.current(stream)?.social && (step.roster.ver > 0 || this.isSocial);
    // Its manager learns it by the answer.
    if (becomes) this.#of.apply(this.#of.state.social(stream));
    this.#perform(step);
    if (becomes && presence) this.#catchUp(stream, presence);
    return this.#of.state.current(stream)?.social ? { outcome: "done", social: true } : DONE;
  }

  // --------------------------------------------------------- from other users

  /** A stanza of a subscription; who is unknown says nothing, as one who does not answer (RFC 6121 §8.5.1). */
  async heard(notice: SubscriptionNotice): Promise<void> {
    const { from, number, heard, type, tail, shown } = notice;
    if (!(await this.#of.exists()) || !this.#isUser(from)) return;
    const step = inbound(this.#roster, { contact: from, number, heard, type, tail }, this.#context);
    if (step.roster === this.#roster) return;
    const isBlocked = this.#of.blocks(from);
    this.#perform(isBlocked ? { ...step, effects: step.effects.filter(({ effect }) => effect !== "deliver") } : step);
    if (!isBlocked) this.#circle.hear(from, shown);
  }

  #say(stream: string, stanzas: readonly Telling[]): void {
    if (stanzas.length === 0) return;
    this.#tellings.say(stream, stanzas);
    if (!this.#of.state.current(stream)?.social && this.isSocial) this.#tellings.socialize(stream);
  }

  // ------------------------------------------------------------------- rights

  /** The Directory has said who the fixed contacts are; `before`: who they were. */
  refixed(before: FixedContacts): void {
    const { record } = this.#of.state;
    if (!record) return this.#dissolve();
    const after = this.fixed;
    if (before === after || (before.size === 0 && after.size === 0)) return;
    const isSubscribed = (jid: string) => partsOf(standingWith(this.#roster, jid)).subscription;
    const came = [...after.keys()].filter((jid) => !before.has(jid));
    const went = [...before.keys()].filter((jid) => !after.has(jid));
    this.#perform(refixed(this.#roster, before, after));
    for (const contact of came) {
      if (isSubscribed(contact) === "both") continue;
      for (const { stream } of this.#circle.book.available) this.#circle.show(contact, stream, !isTo(isSubscribed(contact)));
    }
    for (const contact of went) {
      if (isFrom(isSubscribed(contact))) continue;
      for (const { resource } of this.#circle.book.available) this.#circle.goes({ resource, tail: EMPTY_TAIL, at: Date.now(), to: [contact] });
    }
    if (went.length > 0) this.#circle.putPresences();
  }

  /** The user is no more. */
  #dissolve(): void {
    this.#fixed = undefined;
    if (this.#roster === NO_ROSTER) return;
    this.#perform(dissolve(this.#roster, this.#context));
  }

  // ------------------------------------------------------- rows and the owed

  #perform({ roster, effects }: RosterStep): void {
    const isChanged = roster !== this.#roster;
    this.#roster = roster;
    const owed = effects.flatMap((effect) => (effect.effect === "route" ? [this.#owed(effect)] : []));
    this.#outbox = [...this.#outbox, ...owed];
    if (isChanged) this.#putRoster();
    for (const effect of effects) this.#tellClients(effect);
    this.#socialize();
    if (owed.length > 0) this.#of.arm();
    for (const each of owed) this.#pay(each);
  }

  #owed({ to, number, heard, type, tail, presence }: Extract<RosterEffect, { effect: "route" }>): Owed {
    const hides = presence === "hidden" ? { hides: this.#circle.book.available.map(({ resource }) => resource) } : {};
    return { to, number, heard, type, tail, ...(presence === "shown" && { shows: true as const }), ...hides };
  }

  #tellClients(effect: RosterEffect): void {
    if (effect.effect === "route") return;
    const { jid, settings, state } = this.#of;
    const ver = settings.profile === "open" ? `v${this.#roster.ver}` : undefined;
    for (const { stream, resource } of state.streams) {
      const text =
        effect.effect === "push"
          ? renderPush({ id: crypto.randomUUID(), to: `${jid}/${resource}`, item: effect.item, ver })
          : presenceWith({ from: effect.from, to: jid, type: effect.type }, effect.tail);
      this.#say(stream, [{ needs: effect.effect === "push" ? "interested" : effect.to, text }]);
    }
  }

  #pay(owed: Owed): void {
    const { to, number, heard, type, tail } = owed;
    const { env, jid, settings } = this.#of;
    const make = async (): Promise<void> => {
      const call = sessionOf(env, to).subscription({ v: CONTRACT, jid: to, from: jid, number, heard, type, tail, shown: this.#shownTo(owed) });
      await within(settings.CALL_DEADLINE_MS, call);
      this.#outbox = this.#outbox.filter((each) => each !== owed);
      this.#isUnsaved = true;
    };
    this.#channels.call(to, { make, lasting: true });
  }

  #shownTo({ to, shows, hides = [] }: Owed): Presences {
    if (shows) return this.#circle.saying(this.isSeenBy(to) ? this.#circle.book.available : []);
    return this.#circle.saying(hides.map((resource) => ({ resource, available: false, tail: EMPTY_TAIL })));
  }

  get #isOwing(): boolean {
    return this.#outbox.length > 0 || this.#circle.book.gone.length > 0;
  }

  /** After a sleep: goes on with what is owed, and with streams that are to be social. */
  resume(): void {
    if (!this.#isResumed) {
      this.#isResumed = true;
      this.#circle.resume();
      for (const owed of this.#outbox) this.#pay(owed);
      this.#socialize();
      if (this.#isOwing) this.#of.arm();
    } else this.#channels.resume();
  }

  /** From the alarm: settles when what is owed was tried; what is left wakes the session again. */
  async settle(): Promise<void> {
    this.resume();
    this.#socialize();
    await this.#channels.idle();
    if (this.#isOwing) this.#of.arm();
  }

  /** Settles when a contact has heard all that was to be said, or cannot be reached for a while. */
  async quiet(contact: string): Promise<void> {
    await this.#channels.quiet(contact, QUIET_MS);
  }

  #saveSettled(): void {
    this.#circle.saveSettled();
    if (this.#isUnsaved) this.#putRoster();
    this.#isUnsaved = false;
  }

  #putRoster(): void {
    this.#of.putRoster({ roster: this.#roster, outbox: this.#outbox });
  }
}
