/**
 * Tells the back end of one XMPP domain by HTTP: signed, and again until it has it (Standard Webhooks).
 *
 * What was accepted is a row, sent from the alarm. What could not be delivered is kept as a dead letter, to be looked at,
 * sent anew or dropped. Addressed by the domain's name; it knows no user and no stream.
 *
 * @module
 */

import { DurableObject } from "cloudflare:workers";
import type { ContractVersion, DeadLetter, DeadLetters, Env, WebhookCalls, WebhookEvent } from "./contract.ts";
import { pauseAfter } from "./protocol/retries.ts";
import { settingsOf, type WebhookSettings } from "./settings.ts";
import { checkVersion, logFault } from "./stubs.ts";
import { signedHeaders } from "./webhook/signature.ts";
import { type Attempt, type Dead, type Waiting, WebhookStore } from "./webhook/store.ts";

/** Events sent in one run of the alarm, and at a time. */
const PER_RUN = 200;
const AT_A_TIME = 8;
/** Ids of events that were delivered, for a caller that had no answer. */
const REMEMBERED = 1000;

interface Request {
  readonly v: ContractVersion;
}

export class Webhook extends DurableObject<Env> implements WebhookCalls {
  readonly #settings = settingsOf(this.env);
  readonly #store: WebhookStore;
  readonly #delivered = new Set<string>();
  #calls = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new WebhookStore(ctx.storage);
  }

  async #enter(request: Request): Promise<void> {
    checkVersion(request);
    // A crash between an event and its alarm leaves it waiting.
    if (this.#calls++ === 0) await this.#arm();
  }

  async send(request: Request & { event: WebhookEvent }): Promise<void> {
    await this.#enter(request);
    const { event } = request;
    if (this.#delivered.has(event.id) || this.#store.has(event.id)) return;
    const now = Date.now();
    const refusal = this.#refusal();
    if (refusal === undefined) {
      this.#store.add(event, now);
      return await this.#arm();
    }
    this.#store.addDead(event, { at: now, outcome: refusal });
    this.#trim();
  }

  /** Why nothing is sent; undefined: it is. */
  #refusal(): string | undefined {
    const { webhook, WEBHOOK_WAITING } = this.#settings;
    if (!webhook) return "not configured";
    if (this.#store.disabledAt(webhook.url) !== undefined) return "disabled";
    return this.#store.waiting() >= WEBHOOK_WAITING ? "too many waiting" : undefined;
  }

  async #arm(): Promise<void> {
    const due = this.#store.nextDue();
    if (due !== undefined && this.#settings.webhook) await this.#store.wakeBy(due);
  }

  override async alarm(): Promise<void> {
    const { webhook } = this.#settings;
    if (!webhook) return;
    const disabledAt = this.#store.disabledAt(webhook.url);
    // The settings have come back to a receiver that wanted nothing more.
    if (disabledAt !== undefined) return this.#store.giveUpAll({ at: Date.now(), outcome: "disabled" });
    const waiting = this.#store.due(Date.now(), PER_RUN);
    const lane = async () => {
      for (let event = waiting.shift(); event; event = waiting.shift()) await this.#deliver(event, webhook);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, lane));
    this.#trim();
    await this.#arm();
  }

  async #deliver(event: Waiting, webhook: WebhookSettings): Promise<void> {
    // Another one of this run may have been told that nothing more is wanted.
    if (this.#store.disabledAt(webhook.url) !== undefined) return;
    const { seq, id, attempts } = event;
    const status = await this.#post(event, webhook);
    const attempt = { at: Date.now(), outcome: typeof status === "number" ? `status ${status}` : status };
    if (typeof status === "number" && status >= 200 && status < 300) return this.#done(seq, id);
    if (status === 410) return this.#disable(seq, webhook, attempt);
    if (attempts + 1 >= this.#settings.WEBHOOK_ATTEMPTS) {
      logFault("Webhook", "given up", attempt.outcome);
      return this.#store.giveUp(seq, attempt);
    }
    this.#store.postpone(seq, attempt.at + pauseAfter(attempts + 1, this.#settings.WEBHOOK_RETRY_MS, Math.random()), attempt);
  }

  /** Posts an event; answers the status, or what went wrong. A redirection is no delivery. */
  async #post({ id, body }: Waiting, { url, secrets }: WebhookSettings): Promise<number | string> {
    // Not `AbortSignal.timeout()`, which nothing ends: it would hold this object awake after the answer.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.#settings.WEBHOOK_TIMEOUT_MS);
    try {
      const headers = { "Content-Type": "application/json", "User-Agent": "Deskwire", ...(await signedHeaders({ id, body, at: Date.now() }, secrets)) };
      const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: deadline.signal });
      await answer.body?.cancel();
      return answer.status;
    } catch {
      return deadline.signal.aborted ? "no answer in time" : "not reached";
    } finally {
      clearTimeout(timer);
    }
  }

  #done(seq: number, id: string): void {
    this.#store.remove(seq);
    this.#delivered.add(id);
    const [oldest] = this.#delivered;
    if (this.#delivered.size > REMEMBERED && oldest !== undefined) this.#delivered.delete(oldest);
  }

  /** 410 Gone: the receiver wants nothing more, until an operator sends it something anew or names another one. */
  #disable(seq: number, { url }: WebhookSettings, attempt: Attempt): void {
    logFault("Webhook", "disabled", attempt.outcome);
    this.#store.transaction(() => {
      this.#store.giveUp(seq, attempt);
      this.#store.giveUpAll({ ...attempt, outcome: "disabled" });
      this.#store.disable(url, attempt.at);
    });
  }

  #trim(): void {
    const gone = this.#store.empty ? 0 : this.#store.trimDead(this.#settings.WEBHOOK_DEAD_LETTERS);
    if (gone > 0) logFault("Webhook", "dead letters dropped", gone);
  }

  // -------------------------------------------------------- dead letters

  async deadLetters(request: Request & { limit: number; cursor: string | null }): Promise<DeadLetters> {
    await this.#enter(request);
    const { limit, cursor } = request;
    const found = this.#store.deadAfter(Number(cursor ?? 0), limit + 1);
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const { webhook } = this.#settings;
    const disabledAt = (webhook && this.#store.disabledAt(webhook.url)) ?? null;
    return { items: items.map(letterOf), next: found.length > limit && last ? String(last.seq) : null, disabledAt };
  }

  async redeliver(request: Request & { id: string }): Promise<{ readonly outcome: "accepted" | "missing" | "not-configured" }> {
    await this.#enter(request);
    const dead = this.#store.deadNamed(request.id);
    if (!dead) return { outcome: "missing" };
    const { webhook } = this.#settings;
    if (!webhook) return { outcome: "not-configured" };
    if (this.#store.disabledAt(webhook.url) !== undefined) this.#store.enable();
    this.#store.revive(dead.seq, Date.now());
    await this.#arm();
    return { outcome: "accepted" };
  }

  async discard(request: Request & { id: string }): Promise<{ readonly outcome: "deleted" | "missing" }> {
    await this.#enter(request);
    const dead = this.#store.deadNamed(request.id);
    if (!dead) return { outcome: "missing" };
    this.#store.remove(dead.seq);
    return { outcome: "deleted" };
  }

  /** Exact counts since this object woke, for tests and operators. */
  stats(_request?: Request): { calls: number; rowsWritten: number } {
    return { calls: this.#calls, rowsWritten: this.#store.rowsWritten };
  }
}

const letterOf = ({ id, body, attempts, at, outcome }: Dead): DeadLetter => ({ id, body, attempts, at, outcome });
