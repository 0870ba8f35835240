/**
 * What a session says to its own streams: to each one call after the other, so that it comes in order.
 *
 * @module
 */

import type { Env } from "../contract.ts";
import type { StreamPresence, Telling } from "../contract_contacts.ts";
import type { BoundStream } from "../protocol/session_state.ts";
import type { Settings } from "../settings.ts";
import { CONTRACT, logFault, managerNamed, within } from "../stubs.ts";

/** A stream that was moving, or whose manager did not answer, is tried again so often. */
const TRIES = 4;
const PAUSE_MS = 200;

export interface TellingsOf {
  readonly env: Env;
  readonly settings: Settings;
  readonly jid: string;
  current(stream: string): BoundStream | undefined;
  /** The stream tells of its presences from now on; as it stood when it was told to. */
  becameSocial(stream: string, presence: StreamPresence | null): void;
  /** A stream could not be told so. */
  failed(): void;
  waitUntil(work: Promise<unknown>): void;
}

export class Tellings {
  readonly #of: TellingsOf;
  /** What waits for a stream whose call is under way. */
  readonly #waiting = new Map<string, { stanzas: Telling[]; social: boolean }>();
  /** Streams that are being told to tell of themselves. */
  readonly #socializing = new Set<string>();
  readonly #running = new Set<string>();

  constructor(of: TellingsOf) {
    this.#of = of;
  }

  /** Says it after all that was said to this stream before. */
  say(stream: string, stanzas: readonly Telling[]): void {
    const waiting = this.#waiting.get(stream) ?? { stanzas: [], social: false };
    waiting.stanzas.push(...stanzas);
    this.#enqueue(stream, waiting);
  }

  /** Has the stream tell of its presences from now on. */
  socialize(stream: string): void {
    if (this.#socializing.has(stream)) return;
    this.#socializing.add(stream);
    const waiting = this.#waiting.get(stream) ?? { stanzas: [], social: false };
    waiting.social = true;
    this.#enqueue(stream, waiting);
  }

  #enqueue(stream: string, waiting: { stanzas: Telling[]; social: boolean }): void {
    this.#waiting.set(stream, waiting);
    if (this.#running.has(stream)) return;
    this.#running.add(stream);
    this.#of.waitUntil(this.#run(stream).finally(() => this.#running.delete(stream)));
  }

  async #run(stream: string): Promise<void> {
    // What is said in the same turn goes along.
    await Promise.resolve();
    for (let next = this.#take(stream); next; next = this.#take(stream)) {
      const answer = await this.#tell(stream, next);
      if (!next.social) continue;
      this.#socializing.delete(stream);
      if (answer?.taken) this.#of.becameSocial(stream, answer.presence ?? null);
      else if (this.#of.current(stream)) this.#of.failed();
    }
  }

  #take(stream: string) {
    const next = this.#waiting.get(stream);
    this.#waiting.delete(stream);
    return next;
  }

  async #tell(stream: string, { stanzas, social }: { readonly stanzas: readonly Telling[]; readonly social: boolean }) {
    const { env, settings, jid } = this.#of;
    for (let tries = 0; tries < TRIES; tries++) {
      if (tries > 0) await scheduler.wait(PAUSE_MS * tries);
      // It may have moved, or ended, since.
      const row = this.#of.current(stream);
      if (!row) return undefined;
      try {
        const call = managerNamed(env, row.ref.manager).tell({ v: CONTRACT, jid, stream, social, stanzas });
        const answer = await within(settings.CALL_DEADLINE_MS, call);
        if (answer.taken) return answer;
      } catch (error) {
        logFault("JabberSession", "tell", error);
      }
    }
    return undefined;
  }
}
