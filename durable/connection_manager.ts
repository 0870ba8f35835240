/**
 * Holds a group of live connections: their sockets, their streams, what they listen to.
 *
 * It performs what the stream core decides and never decides itself who may do what. Only hibernatable sockets: it sleeps
 * between events, and its tables are rebuilt from rows and attachments before the next one. Addressed as `<region>/<n>`.
 *
 * @module
 */

import { DurableObject } from "cloudflare:workers";
import { type BodyRequest, CLOSE, CONTACT_NAME, isOfUser, type Needs, newStream, renderStreamError, type StepContext, type StreamError } from "../xmpp/mod.ts";
import { BetweenUsers } from "./connection_manager/between_users.ts";
import { Awake } from "./connection_manager/awake.ts";
import { ManagerContacts } from "./connection_manager/contacts.ts";
import { ClosingSockets } from "./connection_manager/closing.ts";
import { BoshSessions } from "./connection_manager/bosh_sessions.ts";
import { Connection, GOES_ON, type Wire } from "./connection_manager/connection.ts";
import { Draining } from "./connection_manager/draining.ts";
import { Inactive } from "./connection_manager/inactive.ts";
import { Lag } from "./connection_manager/lag.ts";
import { Listening } from "./connection_manager/listening.ts";
import { OpenFiles } from "./connection_manager/open_files.ts";
import { Requests } from "./connection_manager/requests.ts";
import { Resuming } from "./connection_manager/resuming.ts";
import { SignIn } from "./connection_manager/sign_in.ts";
import { Steps } from "./connection_manager/steps.ts";
import { ManagerStore } from "./connection_manager/store.ts";
import type {
  ConnectionManagerCalls,
  DeliverAnswer,
  DeliverRequest,
  EndCause,
  Env,
  Listens,
  ManagerRef,
  ManagerView,
  ReportedCause,
  Role,
} from "./contract.ts";
import type { StanzaAnswer, StanzaFor } from "./contract_users.ts";
import { Deadlines } from "./deadlines.ts";
import { verdictOn } from "./protocol/liveness.ts";
import { settingsOf } from "./settings.ts";
import { checkVersion, CONTRACT, logFault, sessionOf } from "./stubs.ts";
import { unguessable } from "./unguessable.ts";

/** Close codes that a socket may tell of and must never be sent (RFC 6455 §7.4.1). */
const UNSENDABLE: ReadonlySet<number> = new Set([1004, 1005, 1006, 1015]);
const ORPHANS_PER_ALARM = 100;
/** "Service Restart", in the registry of RFC 6455. */
const TABLE_CHANGED = 1012;

const SHUT_DOWN: StreamError = { condition: "system-shutdown", text: "This group of connections is being emptied" };
const DEAD: StreamError = { condition: "connection-timeout", text: "Nothing was heard of the client" };
const TOO_SLOW: StreamError = {
  condition: "resource-constraint",
  text: "Too much was not acknowledged",
  specific: { name: "slow-consumer", ns: "urn:deskwire:errors" },
};

const MISSED: StreamError = { condition: "undefined-condition", text: "Events were missed", specific: { name: "missed-items", ns: "urn:deskwire:errors" } };

/** Ends a socket whose stream goes on by another one; nothing it could still say is awaited. */
function endSocket(socket: Wire, error: StreamError): void {
  try {
    // Whatever becomes of it: it is not that stream's any more.
    socket.serializeAttachment(null);
    socket.send(renderStreamError(error));
    socket.send(CLOSE);
    socket.close(1000, error.condition);
  } catch {
    // Gone already.
  }
}

/** When a stream could be resumed that is over. */
const OVER = 1;

/** What users sent to a stream, and its client has not acknowledged, or not fetched. */
function undeliveredOf({ unacked, socket }: Connection, cause: EndCause): string[] {
  const unsent = cause === "lost" ? (socket?.unsent ?? []) : [];
  const texts = unacked ? unacked.entries.flatMap((entry) => (entry.kind === "text" ? entry.text : [])) : unsent;
  return texts.filter(isOfUser);
}

/** How a stream ended. */
interface Ended {
  readonly cause: ReportedCause;
  /** Stanzas of the client that were handled, where it could have been resumed. */
  readonly handled?: number;
  /** Stanzas of users that its client has not acknowledged. */
  readonly undelivered?: readonly string[];
}

export class ConnectionManager extends DurableObject<Env> implements ConnectionManagerCalls {
  readonly #settings = settingsOf(this.env);
  readonly #name: string;
  readonly #store: ManagerStore;
  readonly #connections = new Map<string, Connection>();
  readonly #sockets = new WeakMap<Wire, Connection>();
  readonly #listening: Listening;
  readonly #requests: Requests;
  readonly #contacts: ManagerContacts;
  readonly #betweenUsers: BetweenUsers;
  readonly #inactive: Inactive;
  readonly #signIn: SignIn;
  readonly #steps: Steps;
  readonly #deadlines = new Deadlines();
  readonly #awake: Awake;
  readonly #bosh: BoshSessions;
  readonly #draining: Draining;
  readonly #closing = new ClosingSockets(this.#settings.CLOSE_WAIT_MS);
  readonly #openFiles: OpenFiles;
  readonly #lag = new Lag(() => scheduler.wait(0));
  #incarnation = 0;
  #unsigned = 0;
  #calls = 0;
  #alarmSet = false;
  /** How streams ended whose session has not answered yet. */
  readonly #unreported = new Map<string, Ended>();
  /** Streams whose end is being reported. */
  readonly #reporting = new Set<string>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const settings = this.#settings;
    this.#name = ctx.id.name ?? "";
    this.#store = new ManagerStore(ctx.storage);
    const context: StepContext = {
      newId: unguessable,
      settings: {
        domains: settings.domains,
        profile: settings.profile,
        maxFrameBytes: settings.MAX_FRAME_BYTES,
        maxDepth: settings.MAX_DEPTH,
        maxFramesBeforeBind: settings.MAX_FRAMES_BEFORE_BIND,
        maxAuthAttempts: settings.MAX_AUTH_ATTEMPTS,
        maxBindAttempts: settings.MAX_BIND_ATTEMPTS,
        resumeSeconds: settings.RESUME_SECONDS,
        idleSeconds: Math.ceil(settings.PROBE_AFTER_MS / 1000),
        contact: CONTACT_NAME,
      },
    };
    const surroundings = {
      env,
      settings,
      store: this.#store,
      connections: this.#connections,
      deadlines: this.#deadlines,
      ref: () => this.#ref(),
      counted: (connection: Connection) => this.#counted(connection),
      writeDown: (connection: Connection) => this.#writeDown(connection),
      left: (connection: Connection) => this.#listening.save(connection),
      tellOfGap: (streams: readonly string[]) => this.#steps.failAll(streams, MISSED),
    };
    this.#listening = new Listening(surroundings);
    this.#requests = new Requests(surroundings, this.#listening);
    this.#contacts = new ManagerContacts(surroundings, this.#listening);
    this.#betweenUsers = new BetweenUsers(surroundings);
    this.#inactive = new Inactive({ holdMs: Math.min(settings.CSI_HOLD_MS, settings.AWAKE_MS), counted: (connection) => this.#counted(connection) });
    this.#signIn = new SignIn(surroundings, this.#name);
    const resuming = new Resuming({
      ...surroundings,
      listening: this.#listening,
      add: (connection) => this.#add(connection),
      takeOver: (connection, held) => this.#takeOver(connection, held),
      goOn: (connection) => this.#steps.goOn(connection),
      unacknowledged: (connection) => this.#awake.touch(connection),
      giveUp: (connection) => void this.#steps.apply(connection, { event: "expired" }),
      letGo: (connection) => this.#letGo(connection),
      noteRights: (jid, version) => this.#requests.noteRights(jid, version),
      rightsOf: (jid) => this.#requests.rightsOf(jid),
    });
    this.#awake = new Awake({
      connections: this.#connections,
      askAfter: settings.ACK_QUIET_MS,
      stayFor: settings.AWAKE_MS,
      writeDown: (connection) => this.#writeDown(connection),
      checkSlow: (connection) => this.#checkSlow(connection),
      mark: (behind) => this.#store.markBehind(behind),
    });
    const number = Number(this.#name.slice(this.#name.lastIndexOf("/") + 1)) || 0;
    this.#openFiles = new OpenFiles(settings.openFiles, number * settings.STREAMS_PER_MANAGER);
    this.#steps = new Steps({
      betweenUsers: this.#betweenUsers,
      inactive: this.#inactive,
      connections: this.#connections,
      contacts: this.#contacts,
      context,
      listening: this.#listening,
      openFiles: this.#openFiles,
      publishesInFlight: settings.PUBLISHES_IN_FLIGHT,
      requests: this.#requests,
      resuming,
      counted: (connection) => this.#counted(connection),
      closeSocket: (connection, how) => connection.socket && this.#closing.close(connection.socket, how),
      detached: (connection) => this.#detached(connection),
      writeDown: (connection) => this.#writeDown(connection),
      signIn: this.#signIn,
      bound: (connection) => this.#bound(connection),
      ended: (connection, cause) => this.#ended(connection, cause),
    });
    this.#draining = new Draining({
      connections: this.#connections,
      store: this.#store,
      percent: settings.DRAIN_PERCENT,
      end: (connection) => this.#steps.fail(connection, SHUT_DOWN, "error"),
    });
    this.#bosh = new BoshSessions({
      manager: this.#name,
      times: settings,
      refused: () => this.#refused(),
      accept: (session) => this.#accept(session),
      connectionOf: (session) => this.#sockets.get(session),
      frame: (connection, frame) => this.#frame(connection, frame),
      closed: (connection) => this.#closed(connection),
    });
    this.#wake();
  }

  #ref(): ManagerRef {
    return { manager: this.#name, incarnation: this.#incarnation };
  }

  /** Rebuilds the tables from rows and attachments. */
  #wake(): void {
    const stored = this.#store.incarnation();
    const nodes = this.#store.nodes();
    for (const socket of this.ctx.getWebSockets()) if (socket.readyState === WebSocket.OPEN) this.#wakeSocket(socket, { stored, nodes });
    this.#store.settleBehind();
    this.#beginWaiting();
    for (const [stream, { until, behind }] of this.#store.kept()) if (until > Date.now() && behind === 0) this.#wakeDetached(stream, stored);
    if (this.#connections.size > 0) this.#incarnation = stored;
  }

  /** Sessions over requests went with the memory that held them; their streams wait for others. */
  #beginWaiting(): void {
    for (const [stream, { until }] of this.#store.kept()) {
      if (until !== GOES_ON) continue;
      this.#store.beginWaiting(stream, Date.now() + (this.#store.keptOf(stream)?.resumeSeconds ?? 0) * 1000);
    }
  }

  #wakeSocket(socket: WebSocket, { stored, nodes }: { readonly stored: number; readonly nodes: ReadonlyMap<number, string> }): Connection | undefined {
    const woken = Connection.woken(socket, stored, this.#settings.ACK_EVERY);
    if (!woken) return undefined;
    const { connection, numbers, held } = woken;
    const { families } = this.#settings;
    // It slept through a change of the table: what it listened to cannot be told. Its client comes back, and its row is an orphan's.
    if (!connection.isOfTable(families, numbers)) {
      socket.close(TABLE_CHANGED, "");
      return undefined;
    }
    this.#add(connection);
    this.#requests.noteRights(connection.stream.jid, connection.rights);
    const slots = Connection.slotsOf(connection, numbers, { nodes, families });
    this.#listening.restore(connection, slots);
    connection.remember(held, slots, this.#store.keptOf(connection.key));
    connection.listenTo(this.#listening.slotsOf(connection), { store: this.#store, families });
    return connection;
  }

  /** The stream of a socket; of one whose close was what woke this object, from its attachment. */
  #closedBy(socket: WebSocket): Connection | undefined {
    const known = this.#sockets.get(socket);
    if (known) return known;
    const stored = this.#store.incarnation();
    const woken = this.#wakeSocket(socket, { stored, nodes: this.#store.nodes() });
    if (woken && this.#incarnation === 0) this.#incarnation = stored;
    return woken;
  }

  /** A stream without a socket, of which the row says all: it goes on listening. Of one that is behind, see `Resuming`. */
  #wakeDetached(stream: string, incarnation: number): void {
    const frozen = this.#store.keptOf(stream);
    if (!frozen || this.#connections.has(stream)) return;
    const connection = Connection.thawed(stream, frozen, { incarnation, askEvery: this.#settings.ACK_EVERY });
    connection.ready = true;
    // Another manager may have been handed it before the sleep.
    connection.contested = 1;
    this.#add(connection);
    this.#requests.noteRights(connection.stream.jid, connection.rights);
    this.#listening.restore(connection, frozen.slots);
    connection.listenTo(this.#listening.slotsOf(connection), { store: this.#store, families: this.#settings.families });
  }

  #add(connection: Connection): void {
    this.#connections.set(connection.key, connection);
    connection.inactive = this.#inactive;
    if (connection.socket) this.#sockets.set(connection.socket, connection);
    if (connection.unsigned) this.#unsigned++;
  }

  // --------------------------------------------------------------- sockets

  /** An upgrade, or a BOSH request, both checked by the door. Refuses with 503 and the reason in `Deskwire-Refusal`: full, busy, open-files. */
  override async fetch(request: Request): Promise<Response> {
    this.#calls++;
    if (request.method === "POST") return await this.#bosh.take(await request.json<BodyRequest>());
    if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") return new Response(null, { status: 426 });
    const refused = this.#refused();
    if (refused) return refused;
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    await this.#accept(server);
    const headers = new Headers({ "Sec-WebSocket-Protocol": "xmpp" });
    // Declines permessage-deflate: a context per socket costs more than small events save. The runtime drops the header.
    if (!this.#settings.compression) headers.set("Sec-WebSocket-Extensions", "none");
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  /** A new stream, with its socket. */
  async #accept(socket: Wire): Promise<Connection> {
    const now = Date.now();
    if (this.#incarnation === 0) {
      this.#incarnation = Math.max(now, this.#store.incarnation() + 1);
      this.#store.begin(this.#incarnation);
    }
    const connection = new Connection({
      socket,
      key: unguessable(),
      acceptedAt: now,
      incarnation: this.#incarnation,
      askEvery: this.#settings.ACK_EVERY,
      stream: newStream(),
    });
    this.#add(connection);
    connection.save();
    await this.#watch();
    return connection;
  }

  /** Why no connection is taken; undefined: one is. */
  #refused(): Response | undefined {
    const { STREAMS_PER_MANAGER, UNSIGNED_PER_MANAGER } = this.#settings;
    const { size } = this.#connections;
    const refuse = (reason: "full" | "busy" | "open-files") => new Response(null, { status: 503, headers: { "Deskwire-Refusal": reason } });
    if (this.#draining.isOn || size >= STREAMS_PER_MANAGER) return refuse("full");
    if (this.#unsigned >= UNSIGNED_PER_MANAGER || this.#isBehind()) return refuse("busy");
    if (!this.#openFiles.hasRoom(size, this.#listening.hosts, Date.now())) return refuse("open-files");
    return undefined;
  }

  /** Is this object so far behind that who signs in now would wait for nothing? */
  #isBehind(): boolean {
    const { BEHIND_MS, UNSIGNED_WHEN_BEHIND } = this.#settings;
    return this.#lag.measure(Date.now()) >= BEHIND_MS && this.#unsigned >= UNSIGNED_WHEN_BEHIND;
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const connection = this.#sockets.get(socket);
    // Its stream goes on by another socket, or will: what it says is not that stream's, and no more is awaited but its good-bye.
    if (!connection) return this.#closing.heard(socket, message);
    if (typeof message !== "string") return this.#steps.take(connection, { event: "binary" });
    this.#frame(connection, message);
  }

  #frame(connection: Connection, message: string): void {
    const { WAITING_FRAMES, WAITING_BYTES, READING_RATE } = this.#settings;
    connection.heard(message, Date.now(), READING_RATE);
    // That it sends says nothing of whether it reads.
    const isOver = connection.over;
    this.#checkUnread(connection);
    // It ended just now; of one that had ended before, the good-bye is awaited.
    if (connection.over && !isOver) return;
    if (connection.running && (connection.queue.length >= WAITING_FRAMES || connection.queuedBytes + message.length > WAITING_BYTES)) {
      const specific = { name: "too-many-waiting-frames", ns: "urn:deskwire:errors" };
      return this.#steps.fail(connection, { condition: "resource-constraint", specific }, "error");
    }
    connection.queuedBytes += message.length;
    this.#steps.take(connection, { event: "frame", text: message });
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    const connection = this.#closedBy(socket);
    // Nothing answers a client's Close but we; a peer that is gone needs no answer.
    if (code !== 1006 && code !== 1015) {
      try {
        socket.close(UNSENDABLE.has(code) ? 1000 : code, reason);
      } catch {
        // Closed already.
      }
    }
    this.#closing.forget(socket);
    if (connection) this.#closed(connection);
  }

  override webSocketError(socket: WebSocket): void {
    const connection = this.#closedBy(socket);
    if (connection) this.#closed(connection);
  }

  #closed(connection: Connection): void {
    connection.queue.length = 0;
    this.#steps.apply(connection, { event: "socketClosed" });
    if (connection.over || connection.socket) this.#remove(connection);
  }

  // ---------------------------------------------------- without a socket

  /** A stream goes on without its socket: a row brings it through a sleep. */
  #detached(connection: Connection): void {
    const socket = connection.detach(Date.now());
    if (socket) this.#sockets.delete(socket);
    socket?.serializeAttachment(null);
    this.#writeDown(connection);
    this.ctx.waitUntil(this.#watch());
  }

  #writeDown(connection: Connection): void {
    if (!connection.stream.management?.resumable) return;
    this.#store.keep(connection.key, connection.frozen(this.#listening.slotsOf(connection)));
    connection.unsaved = false;
  }

  /** A stream was sent a stanza, or one waits for it. */
  #counted(connection: Connection): void {
    const { unacked } = connection;
    const { DETACHED_STANZAS, DETACHED_LENGTH } = this.#settings;
    if (connection.over) return;
    if (!unacked) return this.#checkUnread(connection);
    if (connection.socket === null) {
      if (unacked.count > DETACHED_STANZAS || unacked.length > DETACHED_LENGTH) this.#steps.apply(connection, { event: "expired" });
    } else this.#checkSlow(connection);
    this.#awake.touch(connection);
  }

  /** Ends a stream whose client owes more than it may, and had a moment to acknowledge it. */
  #checkSlow(connection: Connection): void {
    const { UNACKED_STANZAS, UNACKED_LENGTH, PUMP_ITEMS, BURST_LENGTH } = this.#settings;
    const { count, length } = connection.owed;
    const isBeyond = count > UNACKED_STANZAS || length > UNACKED_LENGTH;
    const isFar = count > UNACKED_STANZAS + PUMP_ITEMS || length > UNACKED_LENGTH + BURST_LENGTH;
    if (connection.patience.isOver({ isBeyond, isFar }, this.#moment())) this.#steps.fail(connection, TOO_SLOW, "error");
  }

  /** Much was sent to a client that does not acknowledge: is anybody reading? */
  #checkUnread(connection: Connection): void {
    const { UNREAD_LENGTH: length, BURST_LENGTH: burst } = this.#settings;
    if (connection.over || connection.unsigned || connection.unacked || connection.unread <= length / 4) return;
    if (connection.patience.isOver(connection.unreadOf({ length, burst }), this.#moment())) return this.#steps.fail(connection, TOO_SLOW, "error");
    if (connection.isToBeProbed(length)) connection.probe(Date.now());
  }

  /** Where nothing may hold the object awake, nobody is given time. */
  #moment(): { readonly now: number; readonly moment: number } {
    const { AWAKE_MS, SLOW_MS } = this.#settings;
    return { now: Date.now(), moment: AWAKE_MS === 0 ? 0 : SLOW_MS };
  }

  /** The socket of a new stream becomes that of one that goes on; its old socket, if it is there, hears of the conflict. */
  #takeOver(connection: Connection, held: Connection): void {
    const old = held.detach(held.detachedAt);
    if (old) {
      this.#sockets.delete(old);
      endSocket(old, { condition: "conflict" });
    }
    this.#connections.delete(connection.key);
    if (connection.unsigned) this.#unsigned--;
    held.attachTo(connection);
    if (held.socket) this.#sockets.set(held.socket, held);
    this.#store.forget(held.key);
  }

  /** A stream that is another manager's goes without a report. */
  #letGo(connection: Connection): void {
    connection.over = true;
    this.#remove(connection);
    this.#store.forget(connection.key);
    this.#store.removeStream(connection.key);
  }

  #remove(connection: Connection): void {
    if (!this.#connections.delete(connection.key)) return;
    if (connection.unsigned) this.#unsigned--;
    this.#listening.leaveAll(connection);
    const { jid } = connection.stream;
    if (jid && ![...this.#connections.values()].some(({ stream }) => stream.jid === jid)) this.#requests.forgetRights(jid);
  }

  // ------------------------------------------------------------------ ends

  /** A resource was bound; if the socket went meanwhile, that is told at once. */
  #bound(connection: Connection): void {
    if (this.#connections.has(connection.key)) this.#unsigned--;
    if (connection.over || !this.#connections.has(connection.key)) this.#report(connection, "lost");
  }

  #ended(connection: Connection, cause: EndCause): void {
    if (connection.over) return;
    connection.over = true;
    this.#listening.leaveAll(connection);
    this.#listening.save(connection);
    if (!connection.socket) this.#remove(connection);
    this.#inactive.forget(connection);
    const undelivered = connection.ready ? undeliveredOf(connection, cause) : (this.#endedByRow(connection.key, cause).undelivered ?? []);
    // What users sent is not forgotten before the session has it.
    if (undelivered.length > 0 && connection.ready && connection.unacked) this.#store.keep(connection.key, { ...connection.frozen([]), until: OVER });
    else if (undelivered.length === 0) this.#store.forget(connection.key);
    if (connection.unsigned) return;
    // Also of an end that the session asked for: its `end` may have come twice, and its row goes with the answer alone.
    this.#report(connection, cause, undelivered);
  }

  /** Reports an end to the session; the stream's row goes when it was answered, else the alarm reports again. */
  #report(connection: Connection, cause: EndCause, undelivered: readonly string[] = []): void {
    const { key: stream, generation } = connection;
    const { jid, management } = connection.stream;
    const handled = management?.resumable ? { handled: management.handled } : {};
    this.ctx.waitUntil(this.#reportEnd({ stream, jid, generation, cause, ...handled, ...(undelivered.length > 0 && { undelivered }) }));
  }

  async #reportEnd({ stream, jid, generation, ...ended }: Ended & { stream: string; jid: string; generation: number }): Promise<void> {
    // What users said is to come back once: nobody reports beside a report that is under way.
    if (this.#reporting.has(stream)) return;
    this.#reporting.add(stream);
    this.#unreported.set(stream, ended);
    try {
      const told = sessionOf(this.env, jid).ended({ v: CONTRACT, manager: this.#name, stream, jid, generation, ...ended });
      await this.#deadlines.within(this.#settings.CALL_DEADLINE_MS, told);
      this.#unreported.delete(stream);
      this.#store.removeStream(stream);
      if (ended.undelivered) this.#store.forget(stream);
    } catch (error) {
      logFault("ConnectionManager", "ended", error);
    } finally {
      this.#reporting.delete(stream);
    }
  }

  // ----------------------------------------------------------------- calls

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

  async end(request: { v: 1; stream: string; generation: number; condition: "conflict" | "not-authorized" | "reset" }): Promise<void> {
    this.#enter(request);
    const connection = this.#connections.get(request.stream);
    if (!connection) return this.#store.forget(request.stream);
    if (connection.over) return;
    // It may have overtaken the answer to the bind that it ends.
    if (connection.generation !== request.generation && !connection.unsigned) return;
    this.#steps.fail(connection, { condition: request.condition }, request.condition === "conflict" ? "conflict" : "revoked");
  }

  async handOver(request: { v: 1; stream: string }): Promise<string | null> {
    this.#enter(request);
    const { stream } = request;
    const connection = this.#connections.get(stream);
    if (!connection) return JSON.stringify(this.#store.keptOf(stream));
    if (connection.over || !connection.ready || !connection.stream.management?.resumable) return null;
    connection.contested++;
    connection.handOvers++;
    const old = connection.socket;
    if (old) {
      this.#detached(connection);
      endSocket(old, { condition: "conflict" });
    }
    // What its client asked before is answered first: it is counted as handled.
    while (connection.answering.size > 0) await Promise.all(connection.answering);
    // Its client may have come back to it here.
    if (connection.over || connection.socket) return null;
    return JSON.stringify(connection.frozen(this.#listening.slotsOf(connection)));
  }

  async drain(request: { v: 1; draining: boolean }): Promise<ManagerView> {
    this.#enter(request);
    await this.#draining.set(request.draining);
    return this.#view();
  }

  async view(request: { v: 1 }): Promise<ManagerView> {
    this.#enter(request);
    return this.#view();
  }

  #view(): ManagerView {
    const streams = [...this.#connections.values()];
    const detached = streams.filter(({ socket }) => socket === null).length;
    return { manager: this.#name, streams: streams.length, detached, unsigned: this.#unsigned, draining: this.#draining.isOn };
  }

  async release(request: { v: 1; stream: string; generation: number }): Promise<void> {
    this.#enter(request);
    const { stream, generation } = request;
    const connection = this.#connections.get(stream);
    // It may have come back since.
    const standing = connection ?? this.#store.keptOf(stream);
    if (standing && standing.generation >= generation) return;
    if (connection) return this.#letGo(connection);
    // Its row among the streams is an orphan's, which the alarm reports.
    this.#store.forget(stream);
  }

  async known(request: { v: 1; jids: readonly string[] }): Promise<void> {
    this.#enter(request);
    this.#signIn.known(request.jids);
  }

  async listen(request: { v: 1; jid: string; stream: string; rights: number; node: string; listens: Listens | null; revoked?: true }): Promise<void> {
    this.#enter(request);
    const connection = this.#connections.get(request.stream);
    if (connection) connection.granted = null;
    if (!connection?.stream.available || connection.over || request.rights < this.#requests.rightsOf(request.jid)) return;
    const { node, rights, listens, revoked = false } = request;
    await this.#requests.listen(connection, { node, to: listens?.to ?? null, rights, revoked });
  }

  async tell(request: Parameters<ConnectionManagerCalls["tell"]>[0]) {
    this.#enter(request);
    return this.#contacts.tell(this.#connections.get(request.stream), request);
  }

  async stanza(request: { v: 1; needs: Needs; stanzas: readonly StanzaFor[] }): Promise<StanzaAnswer> {
    this.#enter(request);
    return this.#betweenUsers.take(request);
  }

  async rights(request: {
    v: 1;
    jid: string;
    version: number;
    role: Role;
    streams: readonly { readonly stream: string; readonly keep: readonly string[] }[];
  }): Promise<void> {
    this.#enter(request);
    const { jid, version, role, streams } = request;
    for (const { stream, keep } of streams) {
      const connection = this.#connections.get(stream);
      if (!connection || connection.over) continue;
      this.#requests.noteRights(jid, version);
      connection.granted = null;
      connection.rights = Math.max(version, connection.rights);
      const kept = new Set(keep.map((node) => `${connection.domain}/${node}`));
      for (const address of [...connection.nodes].filter((of) => !kept.has(of))) {
        const listener = this.#listening.table.entries.get(address)?.listeners.get(stream);
        // What was granted under this version or a later one is spared.
        if (!listener || listener.rights >= version) continue;
        this.#inactive.drop(connection, address);
        this.#listening.leave(connection, address);
      }
      // Nothing is to come of what it has left, now or before.
      for (const address of connection.unacked?.addresses ?? []) {
        if (!kept.has(address) && !connection.nodes.has(address)) connection.revoke(address);
      }
      this.#listening.save(connection);
      this.#steps.apply(connection, { event: "role", role });
    }
  }

  // ---------------------------------------------------------------- upkeep

  /** While there are rows or sockets, one alarm. */
  async #watch(): Promise<void> {
    if (this.#alarmSet) return;
    this.#alarmSet = true;
    await this.#store.wakeBy(Date.now() + this.#settings.ALARM_MS);
  }

  override async alarm(): Promise<void> {
    this.#alarmSet = false;
    const now = Date.now();
    const { ALARM_MS, AUDIT_SLOTS, SIGN_IN_MS } = this.#settings;
    let next = now + ALARM_MS;
    for (const connection of [...this.#connections.values()]) {
      if (connection.unsigned && !connection.over && now - connection.acceptedAt > SIGN_IN_MS) {
        this.#steps.fail(connection, { condition: "connection-timeout", text: "Not signed in in time" }, "timeout");
      }
      if (connection.socket && !connection.unsigned && !connection.over) next = Math.min(next, this.#lookAfter(connection, now));
      // Its time to answer our good-bye went by while this object slept.
      if (connection.over) this.#closing.closeForgotten(connection.socket);
    }
    await this.#draining.goOn();
    const rows = this.#store.streams();
    const detached = this.#store.kept();
    for (const connection of [...this.#connections.values()]) {
      if (connection.socket || connection.over || !connection.ready) continue;
      if (now >= connection.detachedAt + connection.resumeSeconds * 1000) this.#steps.apply(connection, { event: "expired" });
    }
    // What has a row of its own lost its socket, and then its time; of any other nothing is left but the stream's row.
    const hadTime = new Set(detached.keys());
    const reported = new Set(rows.map(({ stream }) => stream));
    for (const [stream, { until }] of [...detached]) if (until <= now && !this.#connections.has(stream) && !reported.has(stream)) this.#store.forget(stream);
    const isOrphan = (stream: string): boolean => this.#connections.get(stream)?.over ?? !((detached.get(stream)?.until ?? 0) > now);
    // Reports wake sessions: they wait while those who come back do.
    const isBehind = this.#isBehind();
    const orphans = isBehind ? [] : rows.filter(({ stream }) => isOrphan(stream)).slice(0, ORPHANS_PER_ALARM);
    const endedOf = (stream: string): Ended => this.#unreported.get(stream) ?? this.#endedByRow(stream, hadTime.has(stream) ? "lost" : "orphaned");
    await Promise.all(orphans.map(({ stream, jid }) => this.#reportEnd({ stream, jid, generation: 0, ...endedOf(stream) })));
    if (this.#connections.size > 0 && Math.floor(now / ALARM_MS) % AUDIT_SLOTS === 0) await this.#listening.audit();
    if (next < now + ALARM_MS) await this.#store.wakeBy(Math.max(next, now + 1000));
    // More of them wait for less than a whole slot.
    if (orphans.length === ORPHANS_PER_ALARM) await this.#store.wakeBy(Date.now() + 1000);
    if (rows.length > 0 || this.#connections.size > 0) await this.#watch();
  }

  /** How a stream ended of which nothing is left but a row: one that waited without a socket tells what its client never had. */
  #endedByRow(stream: string, cause: ReportedCause): Ended {
    const kept = this.#store.keptOf(stream);
    const isExact = kept !== null && kept.until > 0 && !kept.live;
    const undelivered = isExact ? kept.unacked.flatMap((entry) => (entry.kind === "text" && isOfUser(entry.text) ? entry.text : [])) : [];
    return { cause, undelivered };
  }

  /** Probes a silent peer, and gives up one that does not answer; answers when to look again. */
  #lookAfter(connection: Connection, now: number): number {
    const { MISSED_PINGS_MS, PROBE_AFTER_MS, PROBE_WAIT_MS, DEAD_AFTER_MS } = this.#settings;
    const times = { missedPingsMs: MISSED_PINGS_MS, probeAfterMs: PROBE_AFTER_MS, probeWaitMs: PROBE_WAIT_MS, deadAfterMs: DEAD_AFTER_MS };
    const { verdict, next } = verdictOn(connection.life, now, times);
    if (verdict === "probe") connection.probe(now);
    if (verdict === "dead") this.#steps.fail(connection, DEAD, "timeout");
    else this.#checkUnread(connection);
    return next;
  }

  /** Exact counts since this object woke, for tests and operators. */
  stats(): { calls: number; rowsWritten: number; streams: number; unsigned: number } {
    return { calls: this.#calls, rowsWritten: this.#store.rowsWritten, streams: this.#connections.size, unsigned: this.#unsigned };
  }
}
