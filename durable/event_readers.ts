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
import type { DeliverAnswer, DeliverRequest, Env, ManagerRef, Position, ReadRequest } from "./contract.ts";
import { Deadlines } from "./deadlines.ts";
import { PollReader, type Reader, StreamReader } from "./event_readers/reader.ts";
import { isAfter } from "./protocol/position.ts";
import { settingsOf } from "./settings.ts";
import { checkVersion, CONTRACT, hostNamed, logFault } from "./stubs.ts";

const BEATS_PER_AUDIT = 3;

export class EventReaders extends DurableObject<Env> {
  readonly #settings = settingsOf(this.env);
  readonly #name = this.ctx.id.name ?? "";
  readonly #incarnation = Date.now();
  readonly #readers = new Map<string, Reader>();
  readonly #deadlines = new Deadlines();
  readonly #listening: Listening<Reader>;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #beats = 0;
  #calls = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
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

  /** A reader, let in by the door. 503 with `Deskwire-Refusal: full` where there is no room. */
  override async fetch(request: Request): Promise<Response> {
    this.#calls++;
    const asked = (await request.json()) as ReadRequest;
    if (this.#readers.size >= this.#settings.READERS_PER_GROUP) return new Response(null, { status: 503, headers: { "Deskwire-Refusal": "full" } });
    const addresses = asked.nodes.map((node) => `${asked.domain}/${node}`);
    return asked.wait === undefined ? await this.#stream(addresses, asked) : await this.#poll(addresses, asked, asked.wait);
  }

  async #stream(addresses: readonly string[], asked: ReadRequest): Promise<Response> {
    const reader = new StreamReader(addresses, { room: this.#settings.READER_LENGTH, gone: (gone) => this.#remove(gone) });
    await this.#begin(reader, addresses, asked);
    return reader.response;
  }

  async #poll(addresses: readonly string[], asked: ReadRequest, wait: number): Promise<Response> {
    const reader = new PollReader(addresses);
    await this.#begin(reader, addresses, asked);
    // Who does not know where it stands is told at once.
    if (asked.since === null) reader.tell();
    const timer = setTimeout(() => reader.end(), wait);
    const answer = await reader.answered;
    clearTimeout(timer);
    this.#remove(reader);
    return answer;
  }

  /** Joins the nodes, brings the reader from its cursor up to there, and lets events through. */
  async #begin(reader: Reader, addresses: readonly string[], { since }: ReadRequest): Promise<void> {
    this.#readers.set(reader.key, reader);
    this.#watch();
    try {
      for (const address of addresses) {
        reader.nodes.add(address);
        this.#listening.table.want(address, reader.key, "", 0);
      }
      await this.#listening.ensureJoined(addresses);
      for (const [at, address] of addresses.entries()) await this.#catchUp(reader, address, since?.[at]);
      reader.begin();
    } catch (error) {
      this.#remove(reader);
      throw error;
    }
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
    if (answer.outcome === "reset") return reader.reset(address, start);
    for (const item of answer.items) if (!isAfter(item, start)) reader.catchUp(address, item);
  }

  #remove(reader: Reader): void {
    if (!this.#readers.delete(reader.key)) return;
    this.#listening.leaveAll(reader);
  }

  async deliver(request: DeliverRequest): Promise<DeliverAnswer> {
    checkVersion(request);
    this.#calls++;
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
