/**
 * What a scenario plays on: the tab that is recorded, servers that are shared or its own, and ways with faults.
 *
 * @module
 */

import type { Browser } from "playwright-core";

import type { FaultCode } from "../../explain/mod.ts";
import { Way, type WayOptions } from "./faults/way.ts";
import { type Deskwire, type DeskwireOptions, startDeskwire } from "./servers/deskwire.ts";
import { type Ejabberd, type EjabberdOptions, startEjabberd } from "./servers/ejabberd.ts";
import type { ServerName } from "./servers/peer.ts";
import { type Prosody, type ProsodyOptions, startProsody } from "./servers/prosody.ts";
import { Tab } from "./tab.ts";

export interface Scenario {
  /** Of the file, without its ending. */
  readonly name: string;
  /** Faults that the recording has; none: a healthy one. */
  readonly expects: readonly FaultCode[];
  readonly server: ServerName;
  readonly client: string;
  /** One sentence: how it was provoked. */
  readonly how: string;
  /** True: it takes minutes, so that it is played beside the others, by people of its own. */
  readonly waits?: true;
  /** The page, where it is not the one of the scenarios. Recorded from its loading on. */
  readonly page?: (stage: Stage) => Promise<string>;
  play(stage: Stage): Promise<void>;
}

interface Stoppable {
  stop(): Promise<void>;
}

/** Servers that several scenarios share, each started when it is first wanted. */
export class Servers {
  readonly #started = new Map<string, Promise<Stoppable>>();

  deskwire(options: DeskwireOptions = {}): Promise<Deskwire> {
    return this.#shared(`deskwire ${JSON.stringify(options)}`, () => startDeskwire(options));
  }

  prosody(options: ProsodyOptions = {}): Promise<Prosody> {
    return this.#shared(`prosody ${JSON.stringify(options)}`, () => startProsody(options));
  }

  ejabberd(options: EjabberdOptions = {}): Promise<Ejabberd> {
    return this.#shared(`ejabberd ${JSON.stringify(options)}`, () => startEjabberd(options));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#started.values()].map(async (starting) => (await starting.catch(() => undefined))?.stop()));
  }

  #shared<T extends Stoppable>(key: string, start: () => Promise<T>): Promise<T> {
    const known = this.#started.get(key) as Promise<T> | undefined;
    if (known) return known;
    const starting = start();
    this.#started.set(key, starting);
    return starting;
  }
}

export class Stage {
  readonly servers: Servers;
  /** Of the page of the scenarios. */
  readonly origin: string;
  readonly #browser: Browser;
  readonly #ends: (() => Promise<void>)[] = [];
  #tab: Tab | undefined;

  constructor({ servers, origin, browser }: { readonly servers: Servers; readonly origin: string; readonly browser: Browser }) {
    this.servers = servers;
    this.origin = origin;
    this.#browser = browser;
  }

  /** The tab that is recorded. */
  get tab(): Tab {
    if (!this.#tab) throw new Error("The stage is not set");
    return this.#tab;
  }

  /** Opens the tab that is recorded. */
  async set({ page }: Scenario): Promise<void> {
    this.#tab = await this.#open(page ? await page(this) : this.origin, page !== undefined);
  }

  /** A further tab, in a profile of its own, which is not in the recording. */
  another(): Promise<Tab> {
    return this.#open(this.origin, false);
  }

  async way(options: WayOptions): Promise<Way> {
    const way = await Way.open(options);
    this.#ends.push(() => way.close());
    return way;
  }

  /** Ends something with the scenario. */
  own<T extends Stoppable>(one: T): T {
    this.#ends.push(() => one.stop());
    return one;
  }

  async clear(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }

  async #open(url: string, before: boolean): Promise<Tab> {
    const tab = await Tab.open(this.#browser, url, { before });
    this.#ends.push(() => tab.close());
    return tab;
  }
}
