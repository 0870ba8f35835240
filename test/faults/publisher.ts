/**
 * The back end's side: numbered items by HTTP, one after the other on each node, and the ledger of what was answered.
 *
 * @module
 */

import { PUBLISHER } from "../wire/support/accounts.ts";
import { type Ledger, positionOf } from "./ledger.ts";

const ANSWER_MS = 10_000;

export class Publisher {
  readonly #ledger: Ledger;
  readonly #url: string;
  readonly #turns = new Map<string, Promise<void>>();
  #n = 0;
  inFlight = 0;
  unanswered = 0;
  /** Milliseconds from the request to the answer. */
  readonly times: number[] = [];

  constructor(url: string, ledger: Ledger) {
    this.#url = url;
    this.#ledger = ledger;
  }

  get published(): number {
    return this.#n;
  }

  /** Publishes the next item, behind those of the same node. */
  publish(node: string, filler = ""): Promise<void> {
    this.inFlight++;
    const n = ++this.#n;
    const turn = (this.#turns.get(node) ?? Promise.resolve()).then(() => this.#send(node, n, filler)).finally(() => this.inFlight--);
    this.#turns.set(node, turn);
    return turn;
  }

  async #send(node: string, n: number, filler: string): Promise<void> {
    const requestedAt = performance.now();
    const answer = await this.#post(node, `<Update><n>${n}</n><event>PUT</event>${filler}</Update>`).catch(() => null);
    const answeredAt = performance.now();
    const position = answer?.position ? (positionOf(answer.position) ?? null) : null;
    if (position) this.times.push(answeredAt - requestedAt);
    else this.unanswered++;
    this.#ledger.note({ node, n, requestedAt, answeredAt, position, pending: answer?.pending === true });
  }

  async #post(node: string, body: string): Promise<{ readonly position?: string; readonly pending?: boolean }> {
    const answer = await fetch(`${this.#url}/api/v1/nodes/${encodeURIComponent(node)}/items`, {
      method: "POST",
      headers: { Authorization: PUBLISHER, "Content-Type": "application/xml" },
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return (await answer.json()) as { position?: string; pending?: boolean };
  }
}
