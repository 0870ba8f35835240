/**
 * Holds a group of readers over HTTP: server-sent events and long polls (docs/protocol.md: Cursor readers).
 *
 * To a host it is a connection manager like any other: one call for an event, however many read it here. It keeps nothing:
 * a reader that loses it comes back with its cursor. An open answer keeps it awake, so readers are held apart from the
 * sockets, which let their managers sleep. Addressed as `readers/<region>/<n>`.
 *
 * @module
 */

import { DurableObject } from "cloudflare:workers";
import { Listening } from "./connection_manager/listening.ts";
import { SignIn } from "./connection_manager/sign_in.ts";
import type {
  DeliverAnswer,
  DeliverRequest,
  Env,
  EventReadersCalls,
  ManagerRef,
  Position,
  ReaderRights,
  ReadRefusal,
  ReadRequest,
  ReadsAnswer,
  TicketAnswer,
  TicketRequest,
} from "./contract.ts";
import { Deadlines } from "./deadlines.ts";
import { PollReader, type Reader, refuse, StreamReader } from "./event_readers/reader.ts";
import { type Ticket, Tickets } from "./event_readers/tickets.ts";
import { type ReaderUser, ReadersOfUsers } from "./event_readers/users.ts";
import { isAfter } from "./protocol/position.ts";
import { settingsOf } from "./settings.ts";
import { checkVersion, CONTRACT, hostNamed, logFault, sessionOf } from "./stubs.ts";

const BEATS_PER_AUDIT = 3;
/** Rights may change while a session is asked; so often it is asked again. */
const GRANT_ROUNDS = 4;

/** What a session did not grant, in the words of the door. */
function refusalOf(answer: Exclude<ReadsAnswer, { outcome: "granted" }>): [code: ReadRefusal, node?: string] {
  if (answer.outcome === "gone") return ["invalid-credentials"];
  return [answer.refusal.condition === "forbidden" ? "forbidden" : "node-not-found", answer.node];
}

export class EventReaders extends DurableObject<Env> implements EventReadersCalls {
  readonly #settings = settingsOf(this.env);
  readonly #name = this.ctx.id.name ?? "";
  readonly #incarnation = Date.now();
  readonly #readers = new Map<string, Reader>();
  readonly #deadlines = new Deadlines();
  readonly #listening: Listening<Reader>;
  readonly #users = new ReadersOfUsers<Reader>(this.#settings.families);
  readonly #tickets = new Tickets(this.#name);
  readonly #signIn: SignIn;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #beats = 0;
  #calls = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#signIn = new SignIn({ env, settings: this.#settings, deadlines: this.#deadlines }, this.#name);
    this.#listening = new Listening<Reader>({
      env,
      settings: this.#settings,
      store: null,
      connections: this.#readers,
      deadlines: this.#deadlines,
      ref: () => this.#ref(),
      counted: () => {},
      writeDown: () => {},
      left: () => {},
      tellOfGap: (readers, address, position) => {
        for (const key of readers) this.#readers.get(key)?.reset(address, position);
      },
    });
  }

  #ref(): ManagerRef {
    return { manager: this.#name, incarnation: this.#incarnation };
  }

  /** A reader, as the door has read it; refusals name their code in `Deskwire-Refusal`. */
  override async fetch(request: Request): Promise<Response> {
    this.#calls++;
    const asked = (await request.json()) as ReadRequest;
    const admitted = this.#admit(asked);
    if (typeof admitted === "string") return refuse(admitted);
    const addresses = admitted.nodes.map((node) => `${admitted.domain}/${node}`);
    const reader = this.#readerOf(addresses, asked);
    reader.user = admitted.user;
    for (const address of addresses) reader.nodes.add(address);
    this.#readers.set(reader.key, reader);
    this.#watch();
    try {
      const refused = (await this.#identify(reader, asked)) ?? (await this.#grant(reader, admitted.nodes)) ?? (await this.#begin(reader, addresses, asked));
      if (refused) this.#remove(reader);
      return refused ?? (await this.#answer(reader, asked));
    } catch (error) {
      this.#remove(reader);
      throw error;
    }
  }

  #readerOf(addresses: readonly string[], { wait }: ReadRequest): StreamReader | PollReader {
    if (wait !== undefined) return new PollReader(addresses);
    return new StreamReader(addresses, { room: this.#settings.READER_LENGTH, gone: (gone) => this.#remove(gone) });
  }

  // ----------------------------------------------------------- who may read

  get #isFull(): boolean {
    return this.#readers.size + this.#tickets.size >= this.#settings.READERS_PER_GROUP;
  }

  /** Is there room for it? Who has a ticket has a place, and may read what it is for; it is spent with that. */
  #admit({ as, domain, nodes, since }: ReadRequest): Pick<Ticket, "user" | "domain" | "nodes"> | ReadRefusal {
    if (as.kind !== "ticket") return this.#isFull ? "full" : { user: null, domain, nodes: nodes ?? [] };
    const ticket = this.#tickets.find(as.ticket);
    if (!ticket) return "invalid-ticket";
    const wanted = nodes ?? ticket.nodes;
    if (!wanted.every((node) => ticket.nodes.includes(node))) return "ticket-for-other-nodes";
    if (since && since.length !== wanted.length) return "invalid-query";
    this.#tickets.spend(as.ticket);
    return { ...ticket, nodes: wanted };
  }

  /** Who comes with a password is somebody, or nobody. */
  async #identify(reader: Reader, { as }: ReadRequest): Promise<Response | undefined> {
    if (as.kind !== "user") return void this.#users.add(reader);
    const found = await this.#passwordOf(as);
    if (typeof found === "string") return refuse(found);
    if (this.#isTooMany(found.jid)) return refuse("too-many-readers");
    reader.user = found;
    this.#users.add(reader);
    return undefined;
  }

  #isTooMany(jid: string): boolean {
    return this.#users.countOf(jid) + this.#tickets.countOf(jid) >= this.#settings.READERS_PER_USER;
  }

  async #passwordOf({ jid, password }: { readonly jid: string; readonly password: string }): Promise<ReaderUser | ReadRefusal> {
    const answer = await this.#signIn.checkPassword({ jid, password, reads: true });
    if ("unavailable" in answer) return "unavailable";
    return answer.accepted ? { jid, storedKey: answer.storedKey } : "invalid-credentials";
  }

  /** Asks the user's session. Rights that changed meanwhile were told here: then it is asked anew. */
  async #grant(reader: Reader, nodes: readonly string[]): Promise<Response | undefined> {
    const { user } = reader;
    if (!user) return undefined;
    for (let round = 0; round < GRANT_ROUNDS; round++) {
      const answer = await this.#askSession(user, nodes, this.#name);
      if (answer.outcome !== "granted") return refuse(...refusalOf(answer));
      if (reader.refusal) return reader.refusal;
      if (this.#users.isOutdated(user.jid, answer.rights)) continue;
      reader.rights = answer.rights;
      return undefined;
    }
    return refuse("unavailable");
  }

  #askSession({ jid, storedKey }: ReaderUser, nodes: readonly string[], group: string | null): Promise<ReadsAnswer> {
    const call = sessionOf(this.env, jid).reads({ v: CONTRACT, jid, group, nodes, storedKey });
    return this.#deadlines.within(this.#settings.CALL_DEADLINE_MS, call);
  }

  async signIn(request: { v: 1; jid: string; password: string }): Promise<{ readonly storedKey: string } | { readonly refused: ReadRefusal }> {
    this.#enter(request);
    const found = await this.#passwordOf(request);
    return typeof found === "string" ? { refused: found } : { storedKey: found.storedKey };
  }

  async issue(request: TicketRequest): Promise<TicketAnswer> {
    this.#enter(request);
    const { as, domain, nodes } = request;
    let user: ReaderUser | null = null;
    if (this.#isFull) return { outcome: "refused", code: "full" };
    if (as.kind === "user") {
      const found = await this.#passwordOf(as);
      if (typeof found === "string") return { outcome: "refused", code: found };
      const answer = await this.#askSession(found, nodes, null);
      if (answer.outcome !== "granted") {
        const [code, node] = refusalOf(answer);
        return { outcome: "refused", code, ...(node !== undefined && { node }) };
      }
      if (this.#isTooMany(as.jid)) return { outcome: "refused", code: "too-many-readers" };
      user = found;
    }
    if (this.#isFull) return { outcome: "refused", code: "full" };
    const expiresAt = Date.now() + this.#settings.TICKET_SECONDS * 1000;
    return { outcome: "issued", ticket: this.#tickets.issue({ user, domain, nodes, expiresAt }), expiresAt };
  }

  async rights(request: { v: 1; jid: string; version: number; rights: ReaderRights | null }): Promise<{ readonly reads: boolean }> {
    this.#enter(request);
    const { jid, version, rights } = request;
    return { reads: this.#users.change(jid, version, rights) };
  }

  async known(request: { v: 1; jids: readonly string[] }): Promise<void> {
    this.#enter(request);
    this.#signIn.known(request.jids);
  }

  // ----------------------------------------------------------------- reading

  /** Joins the nodes, brings the reader from its cursor up to there, and lets events through; or why it may not read any more. */
  async #begin(reader: Reader, addresses: readonly string[], { since }: ReadRequest): Promise<Response | undefined> {
    for (const address of addresses) this.#listening.table.want(address, reader.key, "", 0);
    await this.#listening.ensureJoined(addresses);
    for (const [at, address] of addresses.entries()) {
      if (reader.refusal) return reader.refusal;
      await this.#catchUp(reader, address, since?.[at]);
    }
    if (reader.refusal) return reader.refusal;
    reader.begin();
    return undefined;
  }

  async #answer(reader: StreamReader | PollReader, { since, wait }: ReadRequest): Promise<Response> {
    if (reader instanceof StreamReader) return reader.response;
    // Who does not know where it stands is told at once.
    if (since === null) reader.tell();
    const timer = setTimeout(() => reader.end(), wait);
    const answer = await reader.answered;
    clearTimeout(timer);
    this.#remove(reader);
    return answer;
  }

  async #catchUp(reader: Reader, address: string, since: Position | undefined): Promise<void> {
    const start = this.#listening.table.entries.get(address)?.listeners.get(reader.key)?.start;
    const host = this.#listening.hostOf(address);
    if (!start) throw new Error(`Cannot read "${address}"`);
    if (since === undefined || (since.epoch === start.epoch && since.seq === start.seq)) return reader.stand(address, start);
    reader.stand(address, since);
    const node = address.slice(address.indexOf("/") + 1);
    const call = hostNamed(this.env, host).since({ v: CONTRACT, node, position: since, own: null });
    const answer = await this.#deadlines.within(this.#settings.CALL_DEADLINE_MS, call);
    if (reader.refusal) return;
    if (answer.outcome === "reset") return reader.reset(address, start);
    for (const item of answer.items) if (!isAfter(item, start)) reader.catchUp(address, item);
  }

  #remove(reader: Reader): void {
    if (!this.#readers.delete(reader.key)) return;
    this.#users.remove(reader);
    this.#listening.leaveAll(reader);
  }

  #enter(request: { readonly v: number }): void {
    checkVersion(request);
    this.#calls++;
  }

  async deliver(request: DeliverRequest): Promise<DeliverAnswer> {
    this.#enter(request);
    if (request.incarnation !== this.#incarnation) return { outcome: "gone" };
    const unwanted = await this.#listening.deliver(request.domain, request.items);
    return { outcome: "taken", unwanted: unwanted.map((node) => ({ node })) };
  }

  /** While somebody reads: a sign of life now and then, and the audit. */
  #watch(): void {
    this.#timer ??= setTimeout(() => void this.#tick(), this.#settings.HEARTBEAT_MS);
  }

  async #tick(): Promise<void> {
    this.#timer = null;
    for (const reader of [...this.#readers.values()]) reader.beat();
    if (this.#readers.size === 0) return;
    this.#watch();
    if (++this.#beats % BEATS_PER_AUDIT === 0) await this.#listening.audit().catch((error) => logFault("EventReaders", "audit", error));
  }

  /** Exact counts since this object woke, for tests and operators. */
  stats(): { calls: number; rowsWritten: number; readers: number } {
    return { calls: this.#calls, rowsWritten: 0, readers: this.#readers.size };
  }
}
