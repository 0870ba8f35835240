/**
 * One signed-in desk over the client: what it follows, and what the page shows of it.
 *
 * As the Finesse desktop does it: presence, then the service contact's presence as the gate, then subscriptions. A page that
 * is reloaded goes on with the stream, and with what was on the screen.
 *
 * @module
 */

import { $iq } from "strophe.js";

import { Client, type ClientEvents, type Item, type ScramKeys, type State, StreamLost, waitBefore } from "../../client/mod.ts";
import type { FrameLog } from "./frame_log.ts";
import { keep, type Kept, takeKept } from "./kept.ts";
import { parseXml } from "../xml/parse_xml.ts";
import { type DeskState, teamNode, userNode } from "./state.ts";
import { askSystemInfo, type SystemInfo } from "./system_info.ts";
import { readUpdate } from "./updates.ts";

const RESOURCE = "desktop";
/** How long the contact's presence is waited for. */
const GATE_MS = 3000;
/** After an answer that helps no further. */
const AGAIN_MS = 5000;
const NODES_NS = "http://jabber.org/protocol/disco#items";
/** Below a user's node, what is heard without asking. */
const OWN_PATHS = ["/Dialogs", "/Dialogs/Media", "/Media"];
const SYSTEM_NODE = "/finesse/api/SystemInfo";

interface Credentials {
  readonly user: string;
  readonly password: string | ScramKeys;
}

export class Session {
  readonly #state: DeskState;
  readonly #log: FrameLog;
  #system: SystemInfo | null = null;
  #credentials: Credentials | null = null;
  /** The client in use; what an older one still says is not listened to. */
  #client: Client | null = null;
  readonly #followed = new Map<string, Promise<boolean>>();
  /** The whole sign-in was gone through on this stream. */
  #hasArrived = false;
  #passGate: () => void = () => {};
  #attempts = 0;
  #lostAt: number | null = null;
  #timers: ReturnType<typeof setTimeout>[] = [];

  constructor(state: DeskState, log: FrameLog) {
    this.#state = state;
    this.#log = log;
  }

  /** Asks for the domain ahead of the first sign-in; null where the server does not answer. */
  async prepare(): Promise<SystemInfo | null> {
    try {
      this.#system = await askSystemInfo();
      this.#state.skew = this.#system.skew;
    } catch {
      // asked again at the sign-in
    }
    return this.#system;
  }

  signIn(user: string, password: string): void {
    const name = user.trim().split("@", 1)[0] ?? "";
    if (name.toLowerCase() !== this.#state.own.value.id.toLowerCase()) this.#state.clear(name);
    this.#credentials = { user: name, password };
    this.#attempts = 0;
    this.#lostAt = null;
    void this.#begin();
  }

  /** Ends the connection and forgets who it was. */
  signOut(): void {
    this.#credentials = null;
    this.#drop();
    this.#state.clear("");
    this.#state.phase.value = { kind: "signed-out" };
  }

  /** Connects at once: during a wait, or after somebody else took the place. */
  connectNow(): void {
    const { kind } = this.#state.phase.value;
    if (!this.#credentials || (kind !== "reconnecting" && kind !== "elsewhere")) return;
    if (this.#client) this.#client.connect();
    else void this.#begin();
  }

  /** The page goes away, maybe to come back. What cannot be resumed says good-bye, so that nobody waits for a time-out. */
  pause(): void {
    const { client, credentials, system } = { client: this.#client, credentials: this.#credentials, system: this.#system };
    if (!client || !credentials || !system || this.#state.phase.value.kind === "elsewhere") return;
    const { keys } = client;
    if (!keys || !client.suspend()) return client.close();
    keep({ v: 1, at: Date.now(), user: credentials.user, keys, system, desk: this.#state.snapshot() });
  }

  /** The page was reloaded, or came back: goes on where it was. */
  goOn(): void {
    const kept = takeKept();
    if (this.#client) this.connectNow();
    else if (kept) this.#restore(kept);
  }

  #restore({ user, keys, system, desk }: Kept): void {
    this.#system = system;
    this.#state.restore(desk);
    this.#hasArrived = desk.wasSignedIn;
    this.#credentials = { user, password: keys };
    this.#open(system, this.#credentials);
  }

  async #begin(): Promise<void> {
    this.#drop();
    this.#state.phase.value = { kind: "connecting" };
    const system = this.#system ?? (await this.prepare());
    const credentials = this.#credentials;
    if (!credentials || this.#state.phase.value.kind !== "connecting") return;
    if (!system) return this.#wait();
    this.#open(system, credentials);
  }

  /** The server does not even say its domain. */
  #wait(): void {
    const wait = waitBefore(++this.#attempts);
    this.#state.phase.value = { kind: "reconnecting", retryAt: Date.now() + wait, lostAt: this.#lostAt };
    this.#after(wait, () => void this.#begin());
  }

  #open(system: SystemInfo, { user, password }: Credentials): void {
    const url = new URL("/ws/", location.href);
    url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
    const client = new Client({
      url: url.href,
      jid: `${user}@${system.domain}/${RESOURCE}`,
      password,
      // Without TLS on another host than this one, browsers have no WebCrypto: SCRAM cannot be reckoned.
      plainOnly: !isSecureContext,
      service: system.pubsub,
      store: sessionStorage,
    });
    this.#client = client;
    const heard =
      <T>(take: (what: T) => void) =>
      (what: T) =>
        this.#client === client && take(what);
    client.on(
      "state",
      heard((state) => this.#changed(client, state)),
    );
    client.on(
      "frame",
      heard(({ direction, text }) => this.#log.add(direction, text)),
    );
    client.on(
      "socket",
      heard((what) => this.#socket(what)),
    );
    client.on(
      "presence",
      heard((presence) => this.#presence(presence, system)),
    );
    client.on(
      "ping",
      heard((milliseconds) => (this.#state.pingMs.value = milliseconds)),
    );
    client.on(
      "gap",
      heard(({ node }) => this.#state.missed(node)),
    );
    // Before it connects: what a resumed stream sends first must not find nobody.
    this.#follow(this.#state.nodes);
    client.connect();
  }

  #socket(what: ClientEvents["socket"]): void {
    if (what.kind === "begun") this.#log.begin({ url: new URL(what.url), origin: location.origin, transport: what.transport });
    if (what.kind === "opened") this.#log.opened(what);
    if (what.kind === "closed") this.#log.closed(what);
  }

  #changed(client: Client, state: State): void {
    switch (state.kind) {
      case "connecting":
        this.#state.isSubscribed.value = false;
        this.#state.transport.value = state.transport;
        this.#state.phase.value = { kind: "connecting" };
        return;
      case "online":
        this.#hasArrived = false;
        this.#state.jid.value = state.jid;
        return void this.#arrive(client);
      case "resumed":
        this.#state.jid.value = state.jid;
        return this.#hasArrived ? this.#signedIn(Date.now()) : void this.#arrive(client);
      case "reconnecting":
        return this.#lost(state.in);
      case "closed":
        return this.#lost(0);
      case "elsewhere":
        this.#state.phase.value = { kind: "elsewhere" };
        return;
      case "refused":
        return this.#stop(state.revoked ? "revoked" : "wrong-password");
    }
  }

  #lost(wait: number): void {
    if (this.#state.phase.value.kind === "signed-in") this.#lostAt = Date.now();
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    this.#state.phase.value = { kind: "reconnecting", retryAt: Date.now() + wait, lostAt: this.#lostAt };
  }

  /** The gate, the list of nodes, and what of it is to be followed. */
  async #arrive(client: Client): Promise<void> {
    const stands = () => this.#client === client && (client.state.kind === "online" || client.state.kind === "resumed");
    try {
      await new Promise<void>((pass) => {
        this.#passGate = pass;
        this.#after(GATE_MS, pass);
      });
      const list = await client.request($iq({ type: "get", to: this.#system?.pubsub ?? "" }).c("query", { xmlns: NODES_NS }));
      const nodes = [...list.getElementsByTagName("item")].map((item) => item.getAttribute("node") ?? "");
      this.#state.found(nodes, this.#state.own.value.id);
      // A team that is refused leaves the others.
      await Promise.all(this.#follow(this.#state.nodes));
      this.#hasArrived = true;
      if (stands()) this.#signedIn(null);
    } catch (why) {
      if (stands() && !(why instanceof StreamLost)) this.#after(AGAIN_MS, () => void this.#arrive(client));
    }
  }

  /** The own node is asked for too, as the desktop does it, though it would be heard all the same. */
  #follow({ id, teams }: { readonly id: string; readonly teams: readonly string[] }): Promise<boolean>[] {
    if (id === "") return [];
    const own = userNode(id);
    const nodes = [own, ...OWN_PATHS.map((path) => own + path), SYSTEM_NODE, ...teams.map(teamNode)];
    for (const node of nodes.filter((each) => !this.#followed.has(each))) {
      const subscription = this.#client?.subscribe(node, (item) => this.#event(item), { explicit: node === own });
      if (subscription) this.#followed.set(node, subscription.joined);
    }
    return nodes.flatMap((node) => this.#followed.get(node) ?? []);
  }

  #event({ node, payload }: Item): void {
    this.#state.apply(node, readUpdate(payload, parseXml));
  }

  /** Takes the service contact's presence, and nobody else's. */
  #presence(presence: Element, { domain }: SystemInfo): void {
    const [localpart, host] = (presence.getAttribute("from") ?? "").split(/[@/]/);
    if (localpart !== "finesse" || host !== domain) return;
    this.#state.contact(presence.getAttribute("type") !== "unavailable");
    this.#passGate();
  }

  /** `resumedAt`: null on a new stream. */
  #signedIn(resumedAt: number | null): void {
    this.#state.resumedAt.value = resumedAt;
    this.#state.phase.value = { kind: "signed-in" };
    this.#state.isSubscribed.value = true;
    this.#state.wasSignedIn.value = true;
  }

  /** No attempt follows by itself. */
  #stop(kind: "wrong-password" | "revoked"): void {
    this.#drop();
    this.#credentials = null;
    this.#state.wasSignedIn.value = false;
    this.#state.phase.value = { kind };
  }

  /** Lets go of the client: it is closed, and no longer listened to. */
  #drop(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    const client = this.#client;
    this.#client = null;
    this.#followed.clear();
    this.#hasArrived = false;
    this.#state.pingMs.value = null;
    this.#state.isSubscribed.value = false;
    client?.close();
  }

  #after(milliseconds: number, run: () => void): void {
    this.#timers.push(setTimeout(run, milliseconds));
  }
}
