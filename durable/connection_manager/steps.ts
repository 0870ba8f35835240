/**
 * Takes a stream's events to the core, in order, and performs what it decides: the shell of `step()`.
 *
 * A request that only another object can answer holds the stream's queue back until its answer was stepped, so that what a
 * client asks is done in the order in which it asked (RFC 6120 §10.1). Publishes do not; so many may be in flight.
 *
 * @module
 */

import {
  type Answers,
  type Ask,
  CONTACT_NODE,
  type Effect,
  escapeAttr,
  handledTooHigh,
  isStanza,
  NOT_BLOCKING,
  renderEnabled,
  step,
  type StepContext,
  type StreamError,
  type StreamEvent,
} from "../../xmpp/mod.ts";
import type { EndCause } from "../contract.ts";
import { Unacknowledged } from "../protocol/unacknowledged.ts";
import { logFault } from "../stubs.ts";
import type { Closing } from "./closing.ts";
import type { BetweenUsers } from "./between_users.ts";
import { asksOnly, type Connection } from "./connection.ts";
import type { Inactive } from "./inactive.ts";
import type { ManagerContacts } from "./contacts.ts";
import type { Listening } from "./listening.ts";
import type { OpenFiles } from "./open_files.ts";
import type { Requests } from "./requests.ts";
import type { Resuming } from "./resuming.ts";
import type { SignIn } from "./sign_in.ts";

const FAULT: StreamError = { condition: "internal-server-error" };

export interface StepsOf {
  readonly inactive: Inactive;
  readonly betweenUsers: BetweenUsers;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly contacts: ManagerContacts;
  readonly context: StepContext;
  readonly listening: Listening;
  readonly openFiles: OpenFiles;
  readonly publishesInFlight: number;
  readonly requests: Requests;
  readonly resuming: Resuming;
  readonly signIn: SignIn;
  /** A stream was sent a stanza. */
  counted(connection: Connection): void;
  closeSocket(connection: Connection, how: Closing): void;
  detached(connection: Connection): void;
  /** Writes down a stream that has no attachment. */
  writeDown(connection: Connection): void;
  bound(connection: Connection): void;
  ended(connection: Connection, cause: EndCause): void;
}

export class Steps {
  readonly #of: StepsOf;

  constructor(of: StepsOf) {
    this.#of = of;
  }

  /** Queues an event, and handles it if nothing is before it. */
  take(connection: Connection, event: StreamEvent): void {
    connection.queue.push(event);
    if (!connection.running) this.#run(connection);
  }

  /** Handles what waits, in order; stops while a request is being answered. */
  #run(connection: Connection): void {
    connection.running = true;
    while (connection.publishes < this.#of.publishesInFlight) {
      const event = connection.queue.shift();
      if (!event) {
        connection.running = false;
        return;
      }
      if (event.event === "frame") connection.queuedBytes -= event.text.length;
      const asked = this.apply(connection, event);
      if (asked) {
        void asked.then(() => this.#run(connection));
        return;
      }
    }
  }

  /** One step and what it asks for. Settles when a blocking ask was answered. */
  apply(connection: Connection, event: StreamEvent): Promise<void> | undefined {
    const before = connection.fingerprint;
    let effects: Effect[];
    try {
      effects = step(connection.stream, event, this.#of.context);
    } catch (error) {
      return this.#broken(connection, error);
    }
    const isChanged = connection.fingerprint !== before;
    if (isChanged) this.#save(connection, effects);
    const sent = connection.unacked?.sent;
    let blocking: Promise<void> | undefined;
    for (const effect of effects) {
      const asked = this.#perform(connection, effect);
      if (asked) blocking = blocking ? Promise.all([blocking, asked]).then(() => {}) : asked;
    }
    const isBrief = event.event === "frame" && !blocking && asksOnly(event.text);
    if (connection.unacked?.sent !== sent || (isChanged && !blocking)) this.#saveAfter(connection, isBrief);
    return blocking;
  }

  /**
   * What was answered to a stream that has lost its socket since stands in its row. A stream over requests counts a
   * publish as handled before it goes out, so that nobody sends it again; anything else with its answer.
   */
  #save(connection: Connection, effects: readonly Effect[]): void {
    connection.save();
    if (connection.stream.phase !== "bound" || !connection.isByRow) return;
    if (!connection.socket || effects.some(({ effect }) => effect === "publish")) this.#of.writeDown(connection);
  }

  /** What was said to a stream over requests stands in its row before it goes out, but for what may be asked again. */
  #saveAfter(connection: Connection, isBrief: boolean): void {
    if (connection.isByRow && connection.unacked && !connection.over && !isBrief) this.#of.writeDown(connection);
  }

  /** Ends a stream with an error of ours, ahead of all that waits. */
  fail(connection: Connection, error: StreamError, cause: EndCause): void {
    connection.queue.length = 0;
    this.apply(connection, { event: "fail", error, cause });
  }

  failAll(streams: readonly string[], error: StreamError): void {
    for (const stream of streams) {
      const connection = this.#of.connections.get(stream);
      if (connection) this.fail(connection, error, "error");
    }
  }

  /** A fault of ours: the peer learns no more than that. */
  #broken(connection: Connection, error: unknown): undefined {
    const reference = crypto.randomUUID();
    logFault("ConnectionManager", `step ${reference}`, error);
    if (!connection.over) this.fail(connection, { ...FAULT, text: reference }, "error");
    return undefined;
  }

  #perform(connection: Connection, effect: Effect): Promise<void> | undefined {
    switch (effect.effect) {
      case "send":
        if (isStanza(effect.text)) this.#sendStanza(connection, effect.text);
        else connection.send(effect.text);
        return undefined;
      case "enableManagement":
        this.#enableManagement(connection, effect);
        return undefined;
      case "acknowledged":
        this.#acknowledged(connection, effect.handled);
        return undefined;
      case "answerTaken":
        connection.answered(effect.id);
        return undefined;
      case "becomeActive":
        this.#of.inactive.end(connection);
        return undefined;
      case "detach":
        this.#of.detached(connection);
        return undefined;
      case "goLive":
        this.#of.requests.goLive(connection);
        return undefined;
      case "sendContactPresence":
        this.#sendContactPresence(connection);
        return undefined;
      case "ended":
        this.#of.ended(connection, effect.cause);
        return undefined;
      case "closeSocket":
        this.#of.closeSocket(connection, effect);
        return undefined;
      default:
        return this.#ask(connection, effect);
    }
  }

  #sendContactPresence(connection: Connection): void {
    const last = this.#of.listening.table.entries.get(`${connection.domain}/${CONTACT_NODE}`)?.last;
    if (!last) return;
    this.#sendStanza(connection, last.head + escapeAttr(connection.fullJid) + last.tail);
    this.#of.requests.sendLast(connection);
  }

  #sendStanza(connection: Connection, text: string): void {
    connection.sendStanza(text);
    this.#of.counted(connection);
  }

  #enableManagement(connection: Connection, { resumable, max }: { readonly resumable: boolean; readonly max: number }): void {
    connection.unacked = new Unacknowledged();
    connection.resumeSeconds = max;
    connection.send(renderEnabled(resumable ? { id: connection.key, max } : undefined));
    connection.save();
    if (connection.isByRow) this.#of.writeDown(connection);
  }

  #acknowledged(connection: Connection, handled: number): void {
    const { unacked } = connection;
    if (!unacked) return;
    if (!connection.acknowledge(handled)) return this.fail(connection, handledTooHigh({ handled, sent: unacked.sent }), "error");
    if (connection.checkCount(Date.now())) this.#of.counted(connection);
  }

  /** Handles what came on the socket of a stream while it was being resumed. */
  goOn(connection: Connection): void {
    if (!connection.running) this.#run(connection);
  }

  #ask(connection: Connection, ask: Ask): Promise<void> | undefined {
    this.#of.contacts.hold(connection, ask);
    const answered = this.#answer(connection, ask)
      .then(
        async (answer) => {
          if (!connection.over || ask.effect === "bind") await this.apply(connection, { event: "answered", ask, answer });
        },
        (error) => this.#broken(connection, error),
      )
      .finally(() => this.#of.contacts.release(connection, ask));
    connection.answering.add(answered);
    void answered.finally(() => connection.answering.delete(answered));
    if (!NOT_BLOCKING.has(ask.effect)) return answered;
    connection.publishes++;
    void answered.finally(() => {
      const wasFull = connection.publishes-- === this.#of.publishesInFlight;
      if (wasFull && connection.running) this.#run(connection);
    });
    return undefined;
  }

  async #answer(connection: Connection, ask: Ask): Promise<Answers[Ask["effect"]]> {
    const { contacts, openFiles, requests, signIn } = this.#of;
    switch (ask.effect) {
      case "checkPassword":
        openFiles.touch(ask.jid, Date.now());
        return await signIn.checkPassword(ask);
      case "fetchKeys":
        openFiles.touch(ask.jid, Date.now());
        return await signIn.fetchKeys(ask);
      case "checkProof":
        return await signIn.checkProof(ask);
      case "bind":
        return await this.#bind(connection, ask);
      case "resume":
        return await this.#of.resuming.resume(connection, ask);
      case "announce":
        return await this.#announce(connection, ask);
      case "getRoster":
        return await contacts.getRoster(connection, ask);
      case "setRoster":
        return await contacts.setRoster(connection, ask);
      case "sendSubscription":
        return await contacts.sendSubscription(connection, ask);
      case "sendDirected":
        return await contacts.sendDirected(connection, ask);
      case "probe":
        return await contacts.probe(connection, ask);
      case "subscribe":
        return await requests.subscribe(connection, ask);
      case "unsubscribe":
        return await requests.unsubscribe(connection, ask);
      case "listSubscriptions":
        return await requests.listSubscriptions(connection, ask);
      case "listAffiliations":
        return await requests.listAffiliations(connection, ask);
      case "bounced":
        return {
          unsubscribed:
            "unsubscribed" in
            (await requests.unsubscribe(connection, { effect: "unsubscribe", id: "", node: ask.node, subscriber: ask.subscriber, subid: null })),
        };
      case "options":
        return await requests.options(connection, ask);
      case "askNode":
      case "tellNode":
        return await requests.askNode(connection, ask);
      case "nameItems":
        return await requests.nameItems(connection, ask);
      case "listItems":
        return await requests.listItems(connection, ask);
      case "listNodes":
        return await requests.listNodes(connection);
      case "describeNode":
        return await requests.describeNode(connection, ask);
      case "carbons":
        return await this.#of.betweenUsers.carbons(connection, ask);
      case "blocking":
        return await this.#of.betweenUsers.blocking(connection, ask);
      case "relay":
        return await this.#of.betweenUsers.relay(connection, ask);
      case "publish":
        return await requests.publish(connection, ask);
    }
  }

  async #bind(connection: Connection, ask: Extract<Ask, { effect: "bind" }>): Promise<Answers["bind"]> {
    const answer = await this.#of.requests.bind(connection, ask);
    if (!("refused" in answer)) this.#of.bound(connection);
    return answer;
  }

  async #announce(connection: Connection, ask: Extract<Ask, { effect: "announce" }>): Promise<Answers["announce"]> {
    const answer = await this.#of.requests.announce(connection, ask);
    // A presence that could not be carried out would be a stream without events: its client shall come again.
    if (!answer.accepted && !connection.over) this.fail(connection, FAULT, "error");
    return answer;
  }
}
