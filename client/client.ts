/**
 * A desktop's connection that loses nothing unnoticed: it signs in, comes back, resumes, catches up, and tells what it could not.
 *
 * @module
 */

import { $pres, Builder } from "strophe.js";

import { waitBefore } from "./backoff.ts";
import type { Gap } from "./catch_up.ts";
import { Emitter } from "./emitter.ts";
import { Link, type LinkEnd, type ScramKeys, StreamMemory } from "./link.ts";
import { Requests, StreamLost } from "./requests.ts";
import { putSaved, type Saved, type Store, takeSaved } from "./saved.ts";
import { pingTo, readNotification, Refused } from "./stanzas.ts";
import { type Callback, Subscriptions } from "./subscriptions.ts";
import { recall, remember, type Transport, Transports } from "./transports.ts";
import { boshBeside, boshByHostMeta, isThrough } from "./ways.ts";

const PING_MS = 10_000;
const MISSED_PINGS = 2;
const CONNECT_MS = 15_000;
/** Silence after which a WebSocket counts as one that does not get through. */
const ANSWER_MS = 6000;
const STEADY_MS = 10_000;
/** After a new stream that did not live so long the next wait is four seconds at most: the server takes sign-ins. */
const UNSTEADY_ATTEMPTS = 2;
/** Pings that a request may outwait. */
const ANSWER_TICKS = 3;
/** States in which there is nothing for another page to go on with. */
const GONE: ReadonlySet<State["kind"]> = new Set(["idle", "elsewhere", "refused", "closed"]);

export interface ClientOptions {
  /** `wss://host/ws/` */
  readonly url: string;
  /** Full jid: without a resource there is none to come back to. */
  readonly jid: string;
  /** Or the keys that an earlier client had derived from it. */
  readonly password: string | ScramKeys;
  /** PLAIN alone: where there is no WebCrypto, SCRAM cannot be reckoned. */
  readonly plainOnly?: boolean;
  /** Where the state for a reload is, and under which name. */
  readonly store?: Store;
  readonly storeKey?: string;
  /** Of publish-subscribe; else `pubsub.` and the domain. */
  readonly service?: string;
  readonly pingMs?: number;
  /** A new stream that lived so long counts as a good one, as every resumed one does: the next wait is a short one again. */
  readonly steadyMs?: number;
  /** "auto", unless said otherwise: a WebSocket, and HTTP requests where it does not get through. Or one of them alone. */
  readonly transport?: "auto" | Transport;
  /** `https://host/http-bind/`; else that address beside the socket's, and where nobody answers there, what the host's document says (XEP-0156). */
  readonly boshUrl?: string;
  /** How long a WebSocket may leave its `<open/>` unanswered, before the other way is taken. */
  readonly answerMs?: number;
  /** Over HTTP requests: when a WebSocket is looked for again at first; then after twice the time, and so on up to half an hour. */
  readonly probeMs?: number;
}

export type State =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting"; readonly transport: Transport }
  /** On a new stream. */
  | { readonly kind: "online"; readonly jid: string; readonly transport: Transport }
  /** On the stream of before, maybe over another transport: nothing was missed. */
  | { readonly kind: "resumed"; readonly jid: string; readonly transport: Transport }
  /** `in`: milliseconds. */
  | { readonly kind: "reconnecting"; readonly in: number }
  | { readonly kind: "elsewhere" }
  | { readonly kind: "refused"; readonly condition: string; readonly revoked: boolean }
  | { readonly kind: "closed" };

export interface ClientEvents {
  state: State;
  /** Items of a node that may have been missed, between exclusive bounds. */
  gap: Gap & { readonly node: string };
  /** A node that may not be followed. */
  denied: { readonly node: string; readonly condition: string };
  presence: Element;
  /** Milliseconds of a ping; null: there is no connection. */
  ping: number | null;
  /** Every frame, secrets and all; over HTTP requests without the bodies around them. */
  frame: { readonly direction: "in" | "out"; readonly text: string };
  /** What becomes of the socket; over HTTP requests, of their session. */
  socket:
    | { readonly kind: "begun"; readonly url: string; readonly transport: Transport }
    | { readonly kind: "opened"; readonly protocol: string; readonly extensions: string }
    | { readonly kind: "closed"; readonly code: number; readonly reason: string };
}

export interface Subscription {
  readonly node: string;
  /** True once every later item is owed; false if it was refused, or ended before. */
  readonly joined: Promise<boolean>;
  end(): void;
}

export class Client extends Emitter<ClientEvents> {
  readonly #options: ClientOptions;
  readonly #storeKey: string;
  readonly #domain: string;
  readonly #memory: StreamMemory;
  readonly #requests = new Requests(ANSWER_TICKS);
  readonly #subscriptions: Subscriptions;
  readonly #transports: Transports;
  /** Nobody answered beside the socket: the host is asked where requests are posted to. */
  #asksHost = false;
  /** Counts attempts: what was asked for an earlier one is not gone on with. */
  #dials = 0;
  /** The link in use; what an older one still says is not listened to. */
  #link: Link | null = null;
  #isUp = false;
  #jid: string;
  #keys: ScramKeys | null;
  #state: State = { kind: "idle" };
  #attempts = 0;
  #timers: ReturnType<typeof setTimeout>[] = [];

  constructor(options: ClientOptions) {
    super();
    this.#options = options;
    this.#storeKey = options.storeKey ?? "deskwire";
    const [bare = "", resource] = options.jid.split("/", 2);
    const [user = "", domain] = bare.split("@", 2);
    if (!domain || !resource) throw new Error(`A full jid is needed: "${options.jid}"`);
    this.#domain = domain;
    const saved = options.store && takeSaved(options.store, this.#storeKey, bare);
    this.#jid = saved?.jid ?? options.jid;
    this.#keys = typeof options.password === "string" ? null : options.password;
    this.#memory = new StreamMemory(saved?.stream);
    this.#subscriptions = new Subscriptions(this.#surroundings(), user, saved?.nodes);
    const { transport: allowed = "auto", probeMs } = options;
    const remembered = recall(options.store, this.#storeKey, options.url);
    this.#transports = new Transports({ allowed, remembered, ...(probeMs !== undefined && { probeMs }) });
  }

  get state(): State {
    return this.#state;
  }
  /** Full. */
  get jid(): string {
    return this.#jid;
  }
  /** What a client after a reload signs in with; null: SCRAM was not used yet. */
  get keys(): ScramKeys | null {
    return this.#keys;
  }

  /** Connects; or at once, during a wait, or takes the place back from somebody else. */
  connect(): void {
    const { kind } = this.#state;
    // Not another page is to go on with it, but this one.
    this.#options.store?.removeItem(this.#storeKey);
    if (kind === "connecting" || kind === "online" || kind === "resumed") return;
    if (kind === "closed" || kind === "refused") this.#attempts = 0;
    this.#dial();
  }

  /**
   * Follows a node: every item once and in order, across lost sockets and lost streams.
   *
   * @param explicit asks the server even for a node that is heard without asking
   */
  subscribe(node: string, callback: Callback, { explicit = false }: { readonly explicit?: boolean } = {}): Subscription {
    const joined = this.#subscriptions.add(node, callback, explicit);
    return { node, joined, end: () => this.#subscriptions.remove(node, callback) };
  }

  /**
   * Sends an IQ of type get or set.
   *
   * @throws {Refused} the server's error
   * @throws {StreamLost} there is no connection, or its stream was lost before the answer: it may have been carried out
   */
  async request(iq: Builder | Element): Promise<Element> {
    const link = this.#link;
    if (!link || !this.#isUp) throw new StreamLost();
    const element = iq instanceof Builder ? iq.tree() : iq;
    const id = link.uniqueId();
    element.setAttribute("id", id);
    const answer = this.#requests.ask(id);
    link.send(element);
    return await answer;
  }

  /** Ends the stream for good. Positions stay: the next `connect()` catches up. */
  close(): void {
    const link = this.#let();
    link?.close();
    this.#forget();
    this.#change({ kind: "closed" });
  }

  /**
   * The page goes away: the socket is closed, the stream is not, and the state is put into the store for the page that comes.
   *
   * @returns false where it could not be put there
   */
  suspend(): boolean {
    const { store } = this.#options;
    if (GONE.has(this.#state.kind)) return false;
    this.#let()?.cut();
    const isPut = store !== undefined && putSaved(store, this.#storeKey, this.saved());
    this.#change({ kind: "reconnecting", in: 0 });
    return isPut;
  }

  /** All that another client needs in order to go on in this one's place. */
  saved(): Saved {
    return structuredClone({ v: 1, jid: this.#jid, stream: this.#memory.state, nodes: this.#subscriptions.saved });
  }

  #surroundings() {
    return {
      request: (iq: Builder) => this.request(iq),
      address: () => ({ service: this.#options.service ?? `pubsub.${this.#domain}`, jid: this.#jid }),
      run: (callback: () => void) => this.guarded(callback),
      tellGap: (gap: ClientEvents["gap"]) => this.emit("gap", gap),
      tellDenied: (denied: ClientEvents["denied"]) => this.emit("denied", denied),
      after: (milliseconds: number) => new Promise<void>((over) => setTimeout(over, milliseconds)),
    };
  }

  #dial(): void {
    this.#let()?.cut();
    const transport = this.#transports.next;
    this.#change({ kind: "connecting", transport });
    const dial = ++this.#dials;
    const { url, boshUrl } = this.#options;
    if (transport === "websocket") return this.#open(transport, url);
    if (boshUrl !== undefined || !this.#asksHost) return this.#open(transport, boshUrl ?? boshBeside(url));
    void boshByHostMeta(url).then((found) => dial === this.#dials && this.#open(transport, found));
  }

  #open(transport: Transport, url: string): void {
    const { password, plainOnly = false, transport: allowed = "auto", answerMs = ANSWER_MS } = this.#options;
    this.emit("socket", { kind: "begun", url, transport });
    // Patience where there is no other way.
    const isChosen = transport === "websocket" && allowed === "auto";
    this.#link = new Link(
      { transport, url, jid: this.#jid, password, plainOnly, memory: this.#memory, answerMs: isChosen ? answerMs : CONNECT_MS, connectMs: CONNECT_MS },
      {
        answered: () => this.#answered(transport),
        up: (resumed) => this.#up(transport, resumed),
        ended: (end) => this.#ended(transport, end),
        stanza: (stanza) => this.#stanza(stanza),
        frame: (direction, text) => this.emit("frame", { direction, text }),
        opened: ({ protocol, extensions }) => this.emit("socket", { kind: "opened", protocol, extensions }),
        closed: ({ code, reason }) => this.emit("socket", { kind: "closed", code, reason }),
      },
    );
  }

  #answered(transport: Transport): void {
    this.#transports.answered(transport);
    this.#remember();
  }

  #remember(): void {
    const { store, url } = this.#options;
    const { blocked } = this.#transports;
    remember(store, this.#storeKey, blocked && { v: 1, url, ...blocked });
  }

  /** Over HTTP requests: looks for a WebSocket now and then, and moves the stream to it. */
  #keepProbing(): void {
    const wait = this.#transports.probeIn;
    if (wait !== null) this.#after(wait, () => void this.#probe());
  }

  async #probe(): Promise<void> {
    const link = this.#link;
    const { url, answerMs: ms = ANSWER_MS } = this.#options;
    const found = await isThrough({ url, domain: this.#domain, ms });
    if (this.#link !== link) return;
    this.#transports.probed(found);
    this.#remember();
    if (found) this.#dial();
    else this.#keepProbing();
  }

  #up(transport: Transport, resumed: boolean): void {
    const link = this.#link as Link;
    this.#isUp = true;
    this.#jid = link.jid;
    this.#keys = link.keys ?? this.#keys;
    // A stream that waits to be resumed fills up: whoever comes back to it late may find it gone.
    this.#attempts = resumed ? 0 : Math.min(this.#attempts, UNSTEADY_ATTEMPTS);
    this.#after(this.#options.steadyMs ?? STEADY_MS, () => {
      this.#attempts = 0;
    });
    this.#keepPinging();
    this.#keepProbing();
    if (!resumed) {
      this.#requests.lost();
      link.send($pres().tree());
    }
    this.#change({ kind: resumed ? "resumed" : "online", jid: this.#jid, transport });
    // A listener may have closed it.
    if (this.#link !== link) return;
    if (resumed) this.#subscriptions.online();
    else this.#subscriptions.begun();
  }

  #stanza(stanza: Element): void {
    if (stanza.nodeName === "iq") this.#requests.take(stanza);
    else if (stanza.nodeName === "presence") this.emit("presence", stanza);
    else for (const item of this.#isService(stanza) ? readNotification(stanza) : []) this.#subscriptions.live(item);
  }

  #isService(stanza: Element): boolean {
    return stanza.getAttribute("from") === this.#surroundings().address().service;
  }

  #keepPinging(): void {
    const { pingMs = PING_MS } = this.#options;
    let missed = 0;
    const ping = () => {
      if (missed >= MISSED_PINGS) return this.#lost();
      missed++;
      this.#requests.tick();
      const sentAt = performance.now();
      const pong = () => {
        missed = 0;
        this.emit("ping", Math.round(performance.now() - sentAt));
      };
      // A refusal is an answer too.
      this.request(pingTo(this.#domain)).then(pong, (why) => why instanceof Refused && pong());
      this.#after(pingMs, ping);
    };
    this.#after(pingMs, ping);
  }

  #ended(transport: Transport, end: LinkEnd): void {
    if (end.kind === "lost") {
      if (end.unanswered) this.#unanswered(transport, end.unanswered);
      return this.#lost(transport);
    }
    this.#let();
    // Whoever has the resource now has its stream too.
    this.#forget();
    this.#change(end);
  }

  #unanswered(transport: Transport, how: "refused" | "silent"): void {
    this.#transports.unanswered(transport, how);
    if (transport === "bosh") this.#asksHost = !this.#asksHost;
  }

  /** `tried`: the transport that was not answered. */
  #lost(tried?: Transport): void {
    this.#let()?.cut();
    this.#attempts++;
    // Whether the other way gets through is not yet known: it is not what had to be waited for.
    const wait = waitBefore(tried === "websocket" && this.#transports.next === "bosh" ? 1 : this.#attempts);
    this.#change({ kind: "reconnecting", in: wait });
    this.#after(wait, () => this.#dial());
  }

  #forget(): void {
    this.#memory.clear();
    this.#requests.lost();
  }

  /** Lets go of the link, and answers it. */
  #let(): Link | null {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    const link = this.#link;
    this.#dials++;
    this.#link = null;
    this.#isUp = false;
    this.#subscriptions.offline();
    if (link) this.emit("ping", null);
    return link;
  }

  #change(state: State): void {
    this.#state = state;
    this.emit("state", state);
  }

  #after(milliseconds: number, run: () => void): void {
    this.#timers.push(setTimeout(run, milliseconds));
  }
}
