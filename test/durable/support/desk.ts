/**
 * A desk inside workerd: a socket from the door (or from a named manager), frames in order, evictions where asked for.
 */
import { env, exports } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { COMPUTED } from "../../conversations/computed.ts";
import { PEOPLE } from "../../support/people.ts";

export const DOMAIN = "cc1.acme.test";
const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
const SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const HEADERS = { Upgrade: "websocket", "Sec-WebSocket-Protocol": "xmpp" };

export const ADMIN = { Authorization: "Bearer admin-secret", "Content-Type": "application/json" };

/** A request to the whole Worker. */
export function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return exports.default.fetch(new Request(`http://desk.test${path}`, init));
}

/** Users and teams that every test may count on. */
export async function provision(domain = DOMAIN): Promise<void> {
  const answer = await ask(`/api/v1/import?domain=${domain}`, {
    method: "POST",
    headers: { ...ADMIN, "Content-Type": "application/x-ndjson" },
    body: PEOPLE.map((line) => JSON.stringify(line)).join("\n"),
  });
  const text = await answer.text();
  if (answer.status !== 200 || text.includes('"error"')) throw new Error(`import: ${answer.status} ${text}`);
}

/** Publishes over HTTP; answers status and body. */
export async function publish(node: string, payload: string, headers: Record<string, string> = {}) {
  const answer = await ask(`/api/v1/nodes/${encodeURIComponent(node)}/items`, {
    method: "POST",
    headers: { Authorization: "Bearer publish-secret", "Content-Type": "application/xml", ...headers },
    body: payload,
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}

export class Desk {
  readonly #socket: WebSocket;
  readonly manager: string;
  readonly #frames: string[] = [];
  #wake: (() => void) | undefined;
  #isOpen = false;
  /** Is its user's own presence among the frames: its own, which comes back, and that of other resources (RFC 6121 §4.2.2)? */
  hearsItself = false;
  closed: { readonly code: number; readonly reason: string } | undefined;

  private constructor(socket: WebSocket, manager: string) {
    this.#socket = socket;
    this.manager = manager;
    socket.addEventListener("message", ({ data }) => {
      const frame = String(data);
      if (!this.hearsItself && /^<presence [^>]*?from="([^"/]+)\/[^"]*" to="\1[/"]/.test(frame)) return;
      this.#frames.push(frame);
      this.#wake?.();
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
      this.#wake?.();
    });
    socket.accept();
  }

  /** Opens a socket: through the door, or at a manager of one's own choice. */
  static async open(manager?: string, more: Readonly<Record<string, string>> = {}): Promise<Desk> {
    const answer =
      manager === undefined
        ? await ask("/ws/", { headers: { ...HEADERS, ...more } })
        : await env.CONNECTION_MANAGER.getByName(manager).fetch("http://desk.test/ws/", { headers: { ...HEADERS, ...more } });
    if (!answer.webSocket) throw new Error(`No socket: ${answer.status} ${await answer.text()}`);
    return new Desk(answer.webSocket, manager ?? "local/0");
  }

  send(text: string | ArrayBuffer): void {
    this.#socket.send(text);
  }

  close(code = 1000): void {
    this.#socket.close(code, "");
  }

  /** The next frame; fails after `milliseconds` without one. */
  async next(milliseconds = 3000): Promise<string> {
    const until = Date.now() + milliseconds;
    while (this.#frames.length === 0) {
      if (this.closed) throw new Error(`Closed with ${this.closed.code} ${this.closed.reason}`);
      if (Date.now() >= until) throw new Error("No frame came");
      await this.#change(until - Date.now());
    }
    return this.#frames.shift() as string;
  }

  async #change(milliseconds: number): Promise<void> {
    await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), scheduler.wait(Math.max(1, Math.min(milliseconds, 50)))]);
  }

  /** The next frame that matches; others before it are dropped. */
  async until(pattern: RegExp, milliseconds = 3000): Promise<string> {
    for (;;) {
      const frame = await this.next(milliseconds);
      if (pattern.test(frame)) return frame;
    }
  }

  /** What comes within a while; meant for "nothing". */
  async quiet(milliseconds = 150): Promise<string[]> {
    await scheduler.wait(milliseconds);
    return this.#frames.splice(0);
  }

  async whenClosed(milliseconds = 3000): Promise<{ readonly code: number; readonly reason: string }> {
    const until = Date.now() + milliseconds;
    while (!this.closed) {
      if (Date.now() >= until) throw new Error("Not closed");
      await this.#change(until - Date.now());
    }
    return this.closed;
  }

  /** Puts the manager to sleep: its memory is lost, its sockets stay. */
  async evict(): Promise<void> {
    await evictDurableObject(env.CONNECTION_MANAGER.getByName(this.manager));
  }

  /** open, PLAIN, open. */
  async authenticate(user: string, domain = DOMAIN, password = `pw-${user}`): Promise<this> {
    if (!this.#isOpen) await this.#open(domain);
    this.#isOpen = true;
    this.send(`<auth xmlns="${SASL}" mechanism="PLAIN">${btoa(`\0${user}\0${password}`)}</auth>`);
    const outcome = await this.next();
    if (!outcome.startsWith("<success")) throw new Error(outcome);
    await this.#open(domain);
    return this;
  }

  /** open, SCRAM, open, bind, presence. */
  async signInByScram(user: string, { hash = "SHA-256", resource = "desktop" } = {}): Promise<this> {
    const bound = new Map<string, string>();
    const [first, final] = [COMPUTED["scram-first"], COMPUTED["scram-final"]];
    await this.#open(DOMAIN);
    this.send(`<auth xmlns="${SASL}" mechanism="SCRAM-${hash}">${await first?.([user], bound)}</auth>`);
    bound.set("challenge", /<challenge[^>]*>([^<]+)/.exec(await this.next())?.[1] ?? "");
    this.send(`<response xmlns="${SASL}">${await final?.([hash, `pw-${user}`], bound)}</response>`);
    const outcome = await this.next();
    if (!outcome.startsWith("<success")) throw new Error(outcome);
    await this.#open(DOMAIN);
    return await this.#bind(resource);
  }

  async #bind(resource: string): Promise<this> {
    await this.request("bind", `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${resource}</resource></bind>`);
    this.send('<presence xmlns="jabber:client"/>');
    await this.until(/^<presence/);
    return this;
  }

  /** open, PLAIN, open, bind, presence. */
  async signIn(user: string, { resource = "desktop", domain = DOMAIN, presence = true } = {}): Promise<this> {
    await this.authenticate(user, domain);
    await this.request("bind", `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${resource}</resource></bind>`);
    if (!presence) return this;
    this.send('<presence xmlns="jabber:client"/>');
    await this.until(/^<presence/);
    return this;
  }

  async #open(domain: string): Promise<void> {
    this.send(`<open xmlns="${FRAMING}" to="${domain}" version="1.0"/>`);
    await this.until(/features/);
  }

  /** An IQ set; answers the result, fails with the error. */
  async request(id: string, payload: string, { to = "", type = "set" } = {}): Promise<string> {
    const addressee = to ? ` to="${to}"` : "";
    this.send(`<iq xmlns="jabber:client" type="${type}" id="${id}"${addressee}>${payload}</iq>`);
    const answer = await this.until(new RegExp(`^<iq[^>]* id="${id}"`));
    if (/ type="error"/.test(answer)) throw new Error(answer);
    return answer;
  }

  subscribe(node: string, jid: string, id = `sub-${node}`): Promise<string> {
    return this.request(id, `<pubsub xmlns="http://jabber.org/protocol/pubsub"><subscribe node="${node}" jid="${jid}"/></pubsub>`, {
      to: `pubsub.${jid.split("@")[1]?.split("/")[0]}`,
    });
  }

  unsubscribe(node: string, jid: string): Promise<string> {
    return this.request(`unsub-${node}`, `<pubsub xmlns="http://jabber.org/protocol/pubsub"><unsubscribe node="${node}" jid="${jid}"/></pubsub>`, {
      to: `pubsub.${DOMAIN}`,
    });
  }
}

export const TEAM = "/finesse/api/Team/42/Users";
export const userNode = (user: string): string => `/finesse/api/User/${user}`;

/** Calls and rows of every object that may have been touched, added up. */
export async function counts(managers: readonly string[], users: readonly string[], nodes: readonly string[]) {
  const stubs = [
    ...managers.map((name) => env.CONNECTION_MANAGER.getByName(name)),
    ...users.map((user) => env.JABBER_SESSION.getByName(`${user}@${DOMAIN}`)),
    ...nodes.map((name) => env.NODE_HOST.getByName(`${DOMAIN}/${name}`)),
    env.DIRECTORY.getByName(DOMAIN),
  ] as unknown as { stats(request: { v: 1 }): Promise<{ calls: number; rowsWritten: number }> }[];
  const all = await Promise.all(stubs.map((stub) => stub.stats({ v: 1 })));
  return { calls: all.reduce((sum, { calls }) => sum + calls, 0), rowsWritten: all.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0) };
}

type Counted = Parameters<typeof counts>;

/** A count takes less than this. */
const COUNT_MS = 3000;

/** A manager looks after its streams every 15 seconds, and the alarm for the next time is a row: it is no part of what is counted. */
async function betweenAlarms(managers: readonly string[]): Promise<void> {
  for (const name of managers) {
    const alarm = await runInDurableObject(env.CONNECTION_MANAGER.getByName(name), (_, state) => state.storage.getAlarm());
    if (alarm !== null && alarm < Date.now() + COUNT_MS) {
      await scheduler.wait(Math.max(0, alarm - Date.now()) + 200);
      return await betweenAlarms(managers);
    }
  }
}

/** What some work costs of these objects, with what goes on in the background in so many milliseconds after it. */
export async function difference<T>(of: Counted, work: () => Promise<T>, afterMs: number) {
  // What earlier requests left to be written is none of its.
  await scheduler.wait(600);
  await betweenAlarms(of[0]);
  const before = await counts(...of);
  const value = await work();
  await scheduler.wait(afterMs);
  const after = await counts(...of);
  return { value, calls: after.calls - before.calls, rowsWritten: after.rowsWritten - before.rowsWritten };
}

/** Every shared host, since a test need not know which one has a user's nodes. */
export const SHARED = Array.from({ length: 16 }, (_, n) => `shared/${n}`);
