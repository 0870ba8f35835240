/**
 * Who sees how the user's resources are, and how others' are told to them (RFC 6121 §4; docs/protocol.md: Contacts).
 *
 * @module
 */

import { bareOf, EMPTY_TAIL, presenceWith, resourceOf, type StanzaTail } from "../../xmpp/mod.ts";
import type { Env } from "../contract.ts";
import type { ContactAnswer, Presences, PresencesRequest, ResourcePresence, Telling } from "../contract_contacts.ts";
import { type Gone, PresenceBook, type PresenceRows, type Shown } from "../protocol/presence_book.ts";
import type { SessionState } from "../protocol/session_state.ts";
import type { Settings } from "../settings.ts";
import { CONTRACT, sessionOf, within } from "../stubs.ts";
import type { Channels } from "./channels.ts";

/** Resources of others whose presences' times are remembered. */
const MOST_HEARD = 5000;
const DONE: ContactAnswer = { outcome: "done" };

export interface CircleOf {
  readonly env: Env;
  readonly settings: Settings;
  readonly jid: string;
  readonly state: SessionState;
  readonly channels: Channels;
  /** Is there such a user? */
  exists(): Promise<boolean>;
  blocks(jid: string): boolean;
  /** May this one see the user's presence? */
  isSeenBy(jid: string): boolean;
  /** Does the user see this one's? */
  isWatched(jid: string): boolean;
  contactsWho(see: "seen" | "either"): string[];
  say(stream: string, stanzas: readonly Telling[]): void;
  putPresences(rows: PresenceRows): void;
  arm(): void;
}

export class PresenceCircle {
  readonly #of: CircleOf;
  readonly book: PresenceBook;
  /** Of what was said last to another session. */
  #sent = 0;
  /** By full jid, when that was said of it which was told last. */
  readonly #heardAt = new Map<string, number>();
  /** Something was settled that the rows still have. */
  #isUnsaved = false;

  constructor(of: CircleOf, rows: PresenceRows) {
    this.#of = of;
    this.book = new PresenceBook(rows);
  }

  /** To whoever may see it; at first to the own resources, too, and to find out how the others are (RFC 6121 §4.2.2, §4.3.1, §4.4.2). */
  broadcast(stream: string, isInitial: boolean): void {
    const shown = this.book.of(stream);
    if (!shown) return;
    if (this.#of.settings.profile === "open") {
      for (const other of this.book.available) {
        if (other.stream === stream) continue;
        this.#of.say(other.stream, [this.#ownPresence(shown, other)]);
        if (isInitial) this.#of.say(stream, [this.#ownPresence(other, shown)]);
      }
    }
    for (const contact of this.#of.contactsWho(isInitial ? "either" : "seen")) this.show(contact, stream, isInitial && this.#of.isWatched(contact));
  }

  #ownPresence({ resource, available, tail }: Shown, to: Shown): Telling {
    const { jid } = this.#of;
    return { needs: "available", text: presenceWith({ from: `${jid}/${resource}`, to: `${jid}/${to.resource}`, type: available ? "" : "unavailable" }, tail) };
  }

  /** Shows a contact how a stream is when it is the contact's turn, and asks how the contact is. */
  show(contact: string, stream: string, probe: boolean): void {
    const make = async (): Promise<void> => {
      const shown = this.book.of(stream);
      const isSeen = this.#of.isSeenBy(contact);
      const asks = probe && this.#of.isWatched(contact);
      if (!shown?.available || !(isSeen || asks)) return;
      const answer = await this.#call(contact, { shown: this.saying(isSeen ? [shown] : []), ...(asks && { probe: true }) });
      if (answer) this.hear(contact, answer, [stream]);
    };
    this.#of.channels.call(contact, { make, lasting: false, name: `${stream}${probe ? " probe" : ""}` });
  }

  async #call(contact: string, of: Omit<PresencesRequest, "v" | "jid" | "from">): Promise<Presences | null> {
    const { env, jid, settings } = this.#of;
    const call = sessionOf(env, contact).presences({ v: CONTRACT, jid: contact, from: jid, ...of });
    return (await within(settings.CALL_DEADLINE_MS, call)).shown;
  }

  saying(presences: readonly ResourcePresence[]): Presences {
    this.#sent = Math.max(Date.now(), this.#sent + 1);
    return { presences: presences.map(({ resource, available, tail }) => ({ resource, available, tail })), sent: this.#sent };
  }

  /** A stream is not available any more, or not at all: whoever saw it hears so (RFC 6121 §4.5, §4.6.3). */
  left(stream: string, { tail, at }: { readonly tail: StanzaTail; readonly at: number }): void {
    const known = this.book.of(stream);
    if (!known || at < known.at) return;
    this.book.hide(stream);
    const { resource, available, directed } = known;
    const seen = available ? this.#of.contactsWho("seen") : [];
    const alone = directed.filter((to) => !seen.includes(bareOf(to)));
    this.goes({ resource, tail, at, to: [...seen, ...alone] });
    if (available && this.#of.settings.profile === "open") {
      for (const other of this.book.available) this.#of.say(other.stream, [this.#ownPresence({ ...known, available: false, tail }, other)]);
    }
    this.putPresences();
  }

  goes(gone: Gone): void {
    this.book.owe(gone);
    if (gone.to.length === 0) return;
    this.#of.arm();
    for (const to of gone.to) this.#tellGone(gone, to);
  }

  #tellGone(gone: Gone, to: string): void {
    const { resource, tail } = gone;
    const make = async (): Promise<void> => {
      await this.#deliver(to, { resource, available: false, tail });
      this.book.settled(gone, to);
      this.#isUnsaved = true;
    };
    this.#of.channels.call(bareOf(to), { make, lasting: true });
  }

  /** Presence for one address. */
  async #deliver(to: string, presence: ResourcePresence): Promise<void> {
    const resource = resourceOf(to);
    const more = { shown: this.saying([presence]), ...(resource !== "" && { resource }) };
    if (bareOf(to) === this.#of.jid) this.#see({ from: this.#of.jid, ...more });
    else await this.#call(bareOf(to), more);
  }

  sendDirected(stream: string, { to, available, tail }: { readonly to: string; readonly available: boolean; readonly tail: StanzaTail }): ContactAnswer {
    const row = this.#of.state.current(stream);
    if (!row) return { outcome: "gone" };
    const { resource } = row;
    const isKnown = this.book.of(stream)?.directed.includes(to) ?? false;
    if (available && !isKnown) {
      for (const dropped of this.book.direct(stream, resource, to)) this.goes({ resource, tail: EMPTY_TAIL, at: Date.now(), to: [dropped] });
      this.putPresences();
    }
    if (!available && this.book.undirect(stream, to)) this.putPresences();
    const presence = { resource, available, tail };
    this.#of.channels.call(bareOf(to), { make: () => this.#deliver(to, presence), lasting: false });
    return DONE;
  }

  /** How somebody is, for one of the user's resources (RFC 6121 §4.3.2). */
  async probe(stream: string, to: string): Promise<string[]> {
    const row = this.#of.state.current(stream);
    if (!row) return [];
    const { jid } = this.#of;
    const asker = `${jid}/${row.resource}`;
    const [contact, resource] = [bareOf(to), resourceOf(to)];
    const found = contact === jid ? this.saying(this.book.available) : await this.#call(contact, { shown: this.saying([]), probe: true });
    if (found === null) return [presenceWith({ from: contact, to: asker, type: "unsubscribed" }, EMPTY_TAIL)];
    const meant = found.presences.filter((one) => resource === "" || one.resource === resource);
    if (meant.length === 0) return [presenceWith({ from: to, to: asker, type: "unavailable" }, EMPTY_TAIL)];
    return meant.map((one) => presenceWith({ from: `${contact}/${one.resource}`, to: asker }, one.tail));
  }

  async presences(request: PresencesRequest): Promise<{ readonly shown: Presences | null }> {
    if (!(await this.#of.exists())) return { shown: null };
    if (!this.#of.blocks(request.from)) this.#see(request);
    return { shown: request.probe && !this.#of.isSeenBy(request.from) ? null : this.saying(request.probe ? this.book.available : []) };
  }

  #see({ from, shown, resource }: Pick<PresencesRequest, "from" | "shown" | "resource">): void {
    if (resource === undefined) return this.hear(from, shown);
    const [row] = [...this.#of.state.streams].filter((one) => one.resource === resource);
    if (!row) return;
    const to = `${this.#of.jid}/${resource}`;
    this.#of.say(
      row.stream,
      shown.presences.map((one) => ({ needs: "bound", text: textOf(from, to, one) })),
    );
  }

  /** Presence of somebody, for the streams that are available: all, or these. */
  hear(from: string, { presences, sent }: Presences, streams?: readonly string[]): void {
    const news = presences.filter(({ resource }) => {
      const key = `${from}/${resource}`;
      if (sent < (this.#heardAt.get(key) ?? 0)) return false;
      if (this.#heardAt.size >= MOST_HEARD) this.#heardAt.clear();
      this.#heardAt.set(key, sent);
      return true;
    });
    if (news.length === 0) return;
    const stanzas = news.map((one): Telling => ({ needs: "available", text: textOf(from, this.#of.jid, one) }));
    for (const stream of streams ?? [...this.#of.state.streams].map((row) => row.stream)) this.#of.say(stream, stanzas);
  }

  putPresences(): void {
    this.#of.putPresences(this.book.rows);
  }

  /** After a sleep: goes on with those who went. Who hears once more that a resource went is told that it is back. */
  resume(): void {
    const { gone, available } = this.book;
    for (const each of gone) for (const to of each.to) this.#tellGone(each, to);
    for (const { resource, stream } of available) {
      for (const { to } of gone.filter((each) => each.resource === resource)) for (const one of to) this.show(bareOf(one), stream, false);
    }
  }

  saveSettled(): void {
    if (this.#isUnsaved) this.putPresences();
    this.#isUnsaved = false;
  }
}

function textOf(from: string, to: string, { resource, available, tail }: ResourcePresence): string {
  return presenceWith({ from: `${from}/${resource}`, to, type: available ? "" : "unavailable" }, tail);
}
