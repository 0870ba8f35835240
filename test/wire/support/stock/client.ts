/**
 * What the wire tests want of a stock client: each file beside this one does it with one library, as its users would.
 *
 * @module
 */

export type Mechanism = "PLAIN" | "SCRAM";

export interface Options {
  readonly socketUrl: string;
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  readonly resource: string;
  /** PLAIN: nothing else is allowed. SCRAM: whatever the library picks by itself. */
  readonly mechanism: Mechanism;
}

export interface StockClient {
  /** Full jid once bound. */
  readonly jid: string;
  /** Mechanism of the `<auth/>` that was sent. */
  readonly usedMechanism: string;
  /** Sends the initial presence; answers `from` of the presence that comes back. */
  announce(): Promise<string>;
  /** Subscribes the full jid; answers the state of the subscription. */
  subscribe(node: string): Promise<string>;
  /** The next event: node and text of its payload. */
  nextEvent(): Promise<StockEvent>;
  ping(): Promise<void>;
  /** Ends stream and socket; resolves when the library says so. */
  disconnect(): Promise<void>;
}

export interface StockEvent {
  readonly node: string;
  readonly text: string;
}

export type Connect = (options: Options) => Promise<StockClient>;

export const PUBSUB_NS = "http://jabber.org/protocol/pubsub";

/** Values that come from one side, before or after the other asks for them. */
export class Mailbox<T> {
  readonly #values: T[] = [];
  readonly #asking: ((value: T) => void)[] = [];

  put(value: T): void {
    const ask = this.#asking.shift();
    if (ask) ask(value);
    else this.#values.push(value);
  }

  take(milliseconds = 5000): Promise<T> {
    const value = this.#values.shift();
    if (value !== undefined) return Promise.resolve(value);
    return new Promise((done, failed) => {
      const late = setTimeout(() => failed(new Error(`Nothing came within ${milliseconds} ms`)), milliseconds);
      this.#asking.push((came) => {
        clearTimeout(late);
        done(came);
      });
    });
  }
}

/** The mechanism of an `<auth/>`. */
export function mechanismOf(sent: string): string | undefined {
  return /^<auth [^>]*mechanism=["']([^"']+)["']/.exec(sent)?.[1];
}
