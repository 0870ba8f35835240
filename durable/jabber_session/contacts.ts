/**
 * A user's contacts: the roster, who sees whose presence, and what their sessions are told (docs/protocol.md: Contacts).
 *
 * What `xmpp/roster/` decides is done here. A user without contacts pays nothing: no row, no call.
 *
 * @module
 */

import {
  bareOf,
  blocks,
  CONTACT_NAME,
  dissolve,
  EMPTY_TAIL,
  type FixedContacts,
  inbound,
  isFrom,
  isTo,
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
  resourceOf,
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
import type { ContactAnswer, Presences, PresencesRequest, ResourcePresence, StreamPresence, SubscriptionNotice, Telling } from "../contract_contacts.ts";
import { type Gone, PresenceBook, type PresenceRows, type Shown } from "../protocol/presence_book.ts";
import type { Change, SessionState } from "../protocol/session_state.ts";
import type { Settings } from "../settings.ts";
import { CONTRACT, sessionOf, within } from "../stubs.ts";
import { Channels } from "./channels.ts";
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

/** Resources of others whose presences' times are remembered. */
const MOST_HEARD = 5000;
/** How long a message waits for presence before it. */
const QUIET_MS = 1000;
const NOBODY: FixedContacts = new Map();
const DONE: ContactAnswer = { outcome: "done" };

export class Contacts {
  readonly #of: ContactsOf;
  readonly #book: PresenceBook;
  readonly #tellings: Tellings;
  readonly #channels: Channels;
  #roster: Roster;
  #outbox: readonly Owed[];
  /** The rows were looked at for what is owed. */
  #isResumed = false;
  /** Something was settled that the rows still have. */
  #isUnsaved = false;
  #fixed: { readonly record: UserRecord; readonly contacts: FixedContacts } | undefined;
  /** Of what was said last to another session. */
  #sent = 0;
  /** By full jid, when that was said of it which was told last. */
  readonly #heardAt = new Map<string, number>();

  constructor(of: ContactsOf, rows: RosterRows & PresenceRows) {
    this.#of = of;
    this.#roster = rows.roster ?? NO_ROSTER;
    this.#outbox = rows.outbox ?? [];
    this.#book = new PresenceBook(rows);
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
    for (const { stream, resource, directed } of this.#book.available) {
      const to = [...new Set([...known.filter(isSeenOtherwise), ...directed])].filter((jid) => blocks(out, jid));
      if (to.length > 0) this.#goes({ resource, tail: EMPTY_TAIL, at: Date.now(), to });
      isOwed ||= to.length > 0;
      for (const jid of known) if (blocks(back, jid)) this.#show(jid, stream, true);
    }
    if (isOwed) this.#putPresences();
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
    const known = this.#book.of(stream);
    const { resource } = row;
    if (tail !== undefined) this.#book.show(stream, { resource, tail, at });
    else if (!known?.available) return;
    this.#putPresences();
    this.#broadcast(stream, true);
  }

  /** A stream said how it is. */
  announced(
    stream: string,
    { available, tail = EMPTY_TAIL, at }: { readonly available: boolean; readonly tail?: StanzaTail | undefined; readonly at: number },
  ): void {
    const row = this.#of.state.current(stream);
    if (!row) return;
    if (!available) return this.#left(stream, { tail, at });
    const { isSocial } = this;
    if (!isSocial && tail.length <= KEPT_TAIL && !this.#book.of(stream)) return;
    const shown = this.#book.show(stream, { resource: row.resource, tail, at });
    if (!shown) return;
    this.#putPresences();
    if (!isSocial) return;
    this.#broadcast(stream, !shown.wasAvailable);
    if (!shown.wasAvailable) this.#say(stream, this.#pendingRequests());
  }

  /** To whoever may see it; at first to the own resources, too, and to find out how the others are (RFC 6121 §4.2.2, §4.3.1, §4.4.2). */
  #broadcast(stream: string, isInitial: boolean): void {
    const shown = this.#book.of(stream);
    if (!shown) return;
    if (this.#of.settings.profile === "open") {
      for (const other of this.#book.available) {
        if (other.stream === stream) continue;
        this.#say(other.stream, [this.#ownPresence(shown, other)]);
        if (isInitial) this.#say(stream, [this.#ownPresence(other, shown)]);
      }
    }
    for (const contact of this.#contactsWho(isInitial ? "either" : "seen")) this.#show(contact, stream, isInitial && this.#isWatched(contact));
  }

  #ownPresence({ resource, available, tail }: Shown, to: Shown): Telling {
    const { jid } = this.#of;
    return { needs: "available", text: presenceWith({ from: `${jid}/${resource}`, to: `${jid}/${to.resource}`, type: available ? "" : "unavailable" }, tail) };
  }

  /** Requests that wait for the user, with each resource that comes (RFC 6121 §3.1.3). */
  #pendingRequests(): Telling[] {
    return Object.entries(this.#roster.pendingIn)
      .filter(([from]) => !this.#of.blocks(from))
      .map(([from, tail]) => ({ needs: "available", text: presenceWith({ from, to: this.#of.jid, type: "subscribe" }, tail) }));
  }

  /** Shows a contact how a stream is when it is the contact's turn, and asks how the contact is. */
  #show(contact: string, stream: string, probe: boolean): void {
    const make = async (): Promise<void> => {
      const shown = this.#book.of(stream);
      const isSeen = this.isSeenBy(contact);
      const asks = probe && this.#isWatched(contact);
      if (!shown?.available || !(isSeen || asks)) return;
      const answer = await this.#call(contact, { shown: this.#saying(isSeen ? [shown] : []), ...(asks && { probe: true }) });
      if (answer) this.#hear(contact, answer, [stream]);
    };
    this.#channels.call(contact, { make, lasting: false, name: `${stream}${probe ? " probe" : ""}` });
  }

  async #call(contact: string, of: Omit<PresencesRequest, "v" | "jid" | "from">): Promise<Presences | null> {
    const { env, jid, settings } = this.#of;
    const call = sessionOf(env, contact).presences({ v: CONTRACT, jid: contact, from: jid, ...of });
    return (await within(settings.CALL_DEADLINE_MS, call)).shown;
  }

  #saying(presences: readonly ResourcePresence[]): Presences {
    this.#sent = Math.max(Date.now(), this.#sent + 1);
    return { presences: presences.map(({ resource, available, tail }) => ({ resource, available, tail })), sent: this.#sent };
  }

  /** A stream is not available any more, or not at all: whoever saw it hears so (RFC 6121 §4.5, §4.6.3). */
  #left(stream: string, { tail, at }: { readonly tail: StanzaTail; readonly at: number }): void {
    const known = this.#book.of(stream);
    if (!known || at < known.at) return;
    this.#book.hide(stream);
    const { resource, available, directed } = known;
    const seen = available ? this.#contactsWho("seen") : [];
    const alone = directed.filter((to) => !seen.includes(bareOf(to)));
    this.#goes({ resource, tail, at, to: [...seen, ...alone] });
    if (available && this.#of.settings.profile === "open") {
      for (const other of this.#book.available) this.#say(other.stream, [this.#ownPresence({ ...known, available: false, tail }, other)]);
    }
    this.#putPresences();
  }

  #goes(gone: Gone): void {
    this.#book.owe(gone);
    if (gone.to.length === 0) return;
    this.#of.arm();
    for (const to of gone.to) this.#tellGone(gone, to);
  }

  #tellGone(gone: Gone, to: string): void {
    const { resource, tail } = gone;
    const make = async (): Promise<void> => {
      await this.#deliver(to, { resource, available: false, tail });
      this.#book.settled(gone, to);
      this.#isUnsaved = true;
    };
    this.#channels.call(bareOf(to), { make, lasting: true });
  }

  /** Presence for one address. */
  async #deliver(to: string, presence: ResourcePresence): Promise<void> {
    const resource = resourceOf(to);
    const more = { shown: this.#saying([presence]), ...(resource !== "" && { resource }) };
    if (bareOf(to) === this.#of.jid) this.#see({ from: this.#of.jid, ...more });
    else await this.#call(bareOf(to), more);
  }

  /** Streams are over. */
  removed(changes: readonly Change[]): void {
    for (const change of changes) if ("remove" in change && change.remove === "stream") this.#left(change.stream, { tail: EMPTY_TAIL, at: Date.now() });
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

  sendDirected(stream: string, { to, available, tail }: { readonly to: string; readonly available: boolean; readonly tail: StanzaTail }): ContactAnswer {
    const row = this.#of.state.current(stream);
    if (!row) return { outcome: "gone" };
    const { resource } = row;
    const isKnown = this.#book.of(stream)?.directed.includes(to) ?? false;
    if (available && !isKnown) {
      for (const dropped of this.#book.direct(stream, resource, to)) this.#goes({ resource, tail: EMPTY_TAIL, at: Date.now(), to: [dropped] });
      this.#putPresences();
    }
    if (!available && this.#book.undirect(stream, to)) this.#putPresences();
    const presence = { resource, available, tail };
    this.#channels.call(bareOf(to), { make: () => this.#deliver(to, presence), lasting: false });
    return DONE;
  }

  /** How somebody is, for one of the user's resources (RFC 6121 §4.3.2). */
  async probe(stream: string, to: string): Promise<string[]> {
    const row = this.#of.state.current(stream);
    if (!row) return [];
    const { jid } = this.#of;
    const asker = `${jid}/${row.resource}`;
    const [contact, resource] = [bareOf(to), resourceOf(to)];
    const found = contact === jid ? this.#saying(this.#book.available) : await this.#call(contact, { shown: this.#saying([]), probe: true });
    if (found === null) return [presenceWith({ from: contact, to: asker, type: "unsubscribed" }, EMPTY_TAIL)];
    const meant = found.presences.filter((one) => resource === "" || one.resource === resource);
    if (meant.length === 0) return [presenceWith({ from: to, to: asker, type: "unavailable" }, EMPTY_TAIL)];
    return meant.map((one) => presenceWith({ from: `${contact}/${one.resource}`, to: asker }, one.tail));
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
    if (!isBlocked) this.#hear(from, shown);
  }

  async presences(request: PresencesRequest): Promise<{ readonly shown: Presences | null }> {
    if (!(await this.#of.exists())) return { shown: null };
    if (!this.#of.blocks(request.from)) this.#see(request);
    return { shown: request.probe && !this.isSeenBy(request.from) ? null : this.#saying(request.probe ? this.#book.available : []) };
  }

  #see({ from, shown, resource }: Pick<PresencesRequest, "from" | "shown" | "resource">): void {
    if (resource === undefined) return this.#hear(from, shown);
    const [row] = [...this.#of.state.streams].filter((one) => one.resource === resource);
    if (!row) return;
    const to = `${this.#of.jid}/${resource}`;
    this.#say(
      row.stream,
      shown.presences.map((one) => ({ needs: "bound", text: textOf(from, to, one) })),
    );
  }

  /** Presence of somebody, for the streams that are available: all, or these. */
  #hear(from: string, { presences, sent }: Presences, streams?: readonly string[]): void {
    const news = presences.filter(({ resource }) => {
      const key = `${from}/${resource}`;
      if (sent < (this.#heardAt.get(key) ?? 0)) return false;
      if (this.#heardAt.size >= MOST_HEARD) this.#heardAt.clear();
      this.#heardAt.set(key, sent);
      return true;
    });
    if (news.length === 0) return;
    const stanzas = news.map((one): Telling => ({ needs: "available", text: textOf(from, this.#of.jid, one) }));
    for (const stream of streams ?? [...this.#of.state.streams].map((row) => row.stream)) this.#say(stream, stanzas);
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
      for (const { stream } of this.#book.available) this.#show(contact, stream, !isTo(isSubscribed(contact)));
    }
    for (const contact of went) {
      if (isFrom(isSubscribed(contact))) continue;
      for (const { resource } of this.#book.available) this.#goes({ resource, tail: EMPTY_TAIL, at: Date.now(), to: [contact] });
    }
    if (went.length > 0) this.#putPresences();
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
    const hides = presence === "hidden" ? { hides: this.#book.available.map(({ resource }) => resource) } : {};
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
    if (shows) return this.#saying(this.isSeenBy(to) ? this.#book.available : []);
    return this.#saying(hides.map((resource) => ({ resource, available: false, tail: EMPTY_TAIL })));
  }

  get #isOwing(): boolean {
    return this.#outbox.length > 0 || this.#book.gone.length > 0;
  }

  /** After a sleep: goes on with what is owed, and with streams that are to be social. */
  resume(): void {
    if (!this.#isResumed) {
      this.#isResumed = true;
      for (const gone of this.#book.gone) for (const to of gone.to) this.#tellGone(gone, to);
      for (const owed of this.#outbox) this.#pay(owed);
      // Who hears once more that a resource went is told that it is back.
      for (const { resource, stream } of this.#book.available) {
        for (const { to } of this.#book.gone.filter((each) => each.resource === resource)) for (const one of to) this.#show(bareOf(one), stream, false);
      }
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
    if (!this.#isUnsaved) return;
    this.#isUnsaved = false;
    if (this.#roster !== NO_ROSTER) this.#putRoster();
    this.#putPresences();
  }

  #putRoster(): void {
    this.#of.putRoster({ roster: this.#roster, outbox: this.#outbox });
  }

  #putPresences(): void {
    this.#of.putPresences(this.#book.rows);
  }
}

function textOf(from: string, to: string, { resource, available, tail }: ResourcePresence): string {
  return presenceWith({ from: `${from}/${resource}`, to, type: available ? "" : "unavailable" }, tail);
}
