/**
 * One signed-in desk over strophe.js: connects, subscribes, pings, and comes back by itself where that is right.
 *
 * As the Finesse desktop does it: presence, then the service contact's presence as the gate, then subscriptions; a ping
 * every 10 s, and two that stay unanswered mean that the connection is lost.
 *
 * @module
 */

import { $iq, $pres, Strophe } from "strophe.js";

import type { FrameLog } from "../wire/frame_log.ts";
import { waitBefore } from "../../client/mod.ts";
import { parseXml } from "./parse_xml.ts";
import { type DeskState, teamNode, userNode } from "./state.ts";
import { askSystemInfo, type SystemInfo } from "./system_info.ts";
import { readUpdate } from "./updates.ts";

const RESOURCE = "desktop";
const PING_MS = 10_000;
const MISSED_PINGS = 2;
const CONNECT_MS = 15_000;
/** How long the contact's presence is waited for. */
const GATE_MS = 3000;
/** A connection that lived so long counts as a good one: the next wait is a short one again. */
const STEADY_MS = 10_000;
const NS = { pubsub: "http://jabber.org/protocol/pubsub", items: "http://jabber.org/protocol/disco#items", ping: "urn:xmpp:ping" };

type Connection = InstanceType<typeof Strophe.Connection>;
interface Credentials {
  readonly user: string;
  readonly password: string;
}

Strophe.setLogLevel(Strophe.LogLevel.FATAL);

export class Session {
  readonly #state: DeskState;
  readonly #log: FrameLog;
  #system: SystemInfo | null = null;
  #credentials: Credentials | null = null;
  /** The connection in use; what an older one still says is not listened to. */
  #connection: Connection | null = null;
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
    void this.#connect();
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
    if (this.#credentials && (kind === "reconnecting" || kind === "elsewhere")) void this.#connect();
  }

  /** The page goes away, maybe to come back: says good-bye, so that nobody waits for a time-out. */
  pause(): void {
    if (!this.#connection) return;
    this.#drop();
    this.#wait(0);
  }

  async #connect(): Promise<void> {
    this.#drop();
    this.#state.phase.value = { kind: "connecting" };
    this.#state.isSubscribed.value = false;
    const system = this.#system ?? (await this.prepare());
    const credentials = this.#credentials;
    if (!credentials || this.#state.phase.value.kind !== "connecting") return;
    if (!system) return this.#wait();
    this.#open(system, credentials);
  }

  #open(system: SystemInfo, { user, password }: Credentials): void {
    const url = new URL("/ws/", location.href);
    url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
    // Without TLS on another host than this one, browsers have no WebCrypto: SCRAM cannot be reckoned.
    const connection = new Strophe.Connection(url.href, isSecureContext ? {} : { mechanisms: [Strophe.SASLPlain] });
    this.#connection = connection;
    this.#log.begin(url, location.origin);
    connection.rawInput = (frame: string) => this.#log.add("in", frame);
    connection.rawOutput = (frame: string) => this.#log.add("out", frame);
    connection.connect(`${user}@${system.domain}/${RESOURCE}`, password, (status: number, condition?: string | null, element?: Element | null) => {
      if (this.#connection === connection) this.#status(connection, system, { status, condition: condition ?? "", element: element ?? null });
    });
    this.#tapSocket(connection);
    this.#after(CONNECT_MS, () => this.#state.phase.value.kind === "connecting" && this.#lost());
  }

  /** Hears from the socket itself what strophe.js does not tell: that it opened, stream errors, the code of its end. */
  #tapSocket(connection: Connection): void {
    const { socket } = connection._proto as unknown as { readonly socket?: WebSocket | null };
    if (!socket) return;
    socket.addEventListener("open", () => this.#log.opened(socket));
    socket.addEventListener("close", ({ code, reason }) => this.#connection === connection && this.#log.closed({ code, reason }));
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string" && data.startsWith("<stream:error")) this.#log.add("in", data);
    });
  }

  #status(connection: Connection, system: SystemInfo, { status, condition, element }: { status: number; condition: string; element: Element | null }): void {
    switch (status) {
      case Strophe.Status.CONNECTED:
        return this.#connected(connection, system);
      case Strophe.Status.AUTHFAIL:
        // Also what a refused bind is called; that one may be tried again.
        return element && element.nodeName !== "failure" ? this.#lost() : this.#stop("wrong-password");
      case Strophe.Status.ERROR:
      case Strophe.Status.CONNFAIL:
        if (condition === "conflict") return this.#stop("elsewhere");
        if (condition === "not-authorized") return this.#stop("revoked");
        return this.#lost();
      case Strophe.Status.DISCONNECTED:
        return this.#lost();
    }
  }

  #connected(connection: Connection, system: SystemInfo): void {
    this.#state.jid.value = connection.jid;
    connection.addHandler((message: Element) => this.#event(message, system), "", "message", "");
    let passed = false;
    const pass = () => {
      if (passed || this.#connection !== connection) return;
      passed = true;
      void this.#subscribe(connection, system).catch(() => this.#connection === connection && this.#lost());
    };
    const hear = (presence: Element) => {
      if (this.#isContact(presence, system)) pass();
      return true; // stays
    };
    connection.addHandler(hear, "", "presence", "");
    connection.send($pres());
    this.#after(GATE_MS, pass);
  }

  /** Takes the service contact's presence; false for anybody else's. */
  #isContact(presence: Element, { domain }: SystemInfo): boolean {
    const [localpart, host] = (presence.getAttribute("from") ?? "").split(/[@/]/);
    if (localpart !== "finesse" || host !== domain) return false;
    this.#state.contact(presence.getAttribute("type") !== "unavailable");
    return true;
  }

  /** Always true: the handler stays. */
  #event(message: Element, { pubsub }: SystemInfo): true {
    if (message.getAttribute("from") !== pubsub) return true;
    const node = message.getElementsByTagName("items")[0]?.getAttribute("node") ?? "";
    this.#state.apply(node, readUpdate(message.textContent ?? "", parseXml));
    return true;
  }

  async #subscribe(connection: Connection, { domain, pubsub }: SystemInfo): Promise<void> {
    const ask = (iq: ReturnType<typeof $iq>) =>
      new Promise<Element>((answered, failed) =>
        connection.sendIQ(iq, answered, (refused: Element | null) => failed(new Error(refused ? "refused" : "silent")), PING_MS),
      );
    const list = await ask($iq({ type: "get", to: pubsub, id: connection.getUniqueId("nodes") }).c("query", { xmlns: NS.items }));
    const nodes = [...list.getElementsByTagName("item")].map((item) => item.getAttribute("node") ?? "");
    const { id, teams } = this.#state.found(nodes, this.#state.own.value.id);
    const subscribe = (node: string) =>
      ask(
        $iq({ from: connection.jid, to: pubsub, type: "set", id: connection.getUniqueId("subscribenode") })
          .c("pubsub", { xmlns: NS.pubsub })
          .c("subscribe", { node, jid: connection.jid }),
      );
    await subscribe(userNode(id));
    // A team that is refused leaves the others.
    await Promise.allSettled(teams.map((team) => subscribe(teamNode(team))));
    if (this.#connection === connection) this.#signedIn(connection, domain);
  }

  #signedIn(connection: Connection, domain: string): void {
    this.#state.phase.value = { kind: "signed-in" };
    this.#state.isSubscribed.value = true;
    this.#state.wasSignedIn.value = true;
    this.#after(STEADY_MS, () => {
      this.#attempts = 0;
    });
    this.#keepPinging(connection, domain);
  }

  #keepPinging(connection: Connection, domain: string): void {
    let missed = 0;
    const ping = () => {
      if (this.#connection !== connection) return;
      if (missed >= MISSED_PINGS) return this.#lost();
      missed++;
      const sentAt = performance.now();
      const pong = () => {
        missed = 0;
        this.#state.pingMs.value = Math.round(performance.now() - sentAt);
      };
      connection.sendIQ(
        $iq({ type: "get", to: domain, id: connection.getUniqueId("ping") }).c("ping", { xmlns: NS.ping }),
        pong,
        (refused: Element | null) => refused && pong(),
      );
      this.#after(PING_MS, ping);
    };
    this.#after(PING_MS, ping);
  }

  /** Ends this connection for good: no attempt follows by itself. */
  #stop(kind: "wrong-password" | "elsewhere" | "revoked"): void {
    this.#drop();
    if (kind !== "elsewhere") {
      this.#credentials = null;
      this.#state.wasSignedIn.value = false;
    }
    this.#state.phase.value = { kind };
  }

  /** The connection is gone: the next attempt is set. */
  #lost(): void {
    const { kind } = this.#state.phase.value;
    if (kind === "signed-in") this.#lostAt = Date.now();
    this.#drop();
    if (this.#credentials) this.#wait();
  }

  #wait(milliseconds = waitBefore(this.#attempts + 1)): void {
    this.#attempts++;
    this.#state.phase.value = { kind: "reconnecting", retryAt: Date.now() + milliseconds, lostAt: this.#lostAt };
    this.#after(milliseconds, () => void this.#connect());
  }

  /** Lets go of the connection: it is closed, and no longer listened to. */
  #drop(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    const connection = this.#connection;
    this.#connection = null;
    this.#state.pingMs.value = null;
    connection?.disconnect();
  }

  #after(milliseconds: number, run: () => void): void {
    this.#timers.push(setTimeout(run, milliseconds));
  }
}
