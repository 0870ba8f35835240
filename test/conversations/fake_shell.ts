/**
 * A shell for the pure core: answers what it asks from a small table of users and teams, and delivers events at once.
 *
 * @module
 */

import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import {
  type Answers,
  type Ask,
  automaticNodes,
  type Effect,
  type FoundItem,
  escapeAttr,
  handledTooHigh,
  isStanza,
  knownNodes,
  maySubscribe,
  newStream,
  placeOf,
  type Placed,
  provesExistence,
  REQUEST,
  renderContactPresence,
  renderEnabled,
  renderEvent,
  renderResumed,
  type Rights,
  type ScramHash,
  type Stream,
  step,
  type StreamEvent,
  type StreamSettings,
  wrapText,
} from "../../xmpp/mod.ts";
import { type Desk, DOMAIN, type Stage } from "./format.ts";

const TEAM = [{ team: "42", members: ["7001"] }];
const USERS: readonly Rights[] = [
  { id: "7001", role: "agent", teams: ["42"], supervises: [] },
  { id: "7002", role: "agent", teams: ["43"], supervises: [] },
  { id: "lead1", role: "supervisor", teams: [], supervises: TEAM },
  { id: "backend", role: "publisher", teams: [], supervises: [] },
];
const TEAMS = ["42", "43"];

export const SETTINGS: StreamSettings = {
  domains: [DOMAIN, "cc2.acme.test"],
  profile: "open",
  maxFrameBytes: 65_536,
  maxDepth: 32,
  maxFramesBeforeBind: 32,
  maxAuthAttempts: 3,
  maxBindAttempts: 5,
  resumeSeconds: 120,
  contact: "finesse",
};

const EPOCH = 1_700_000_000_000;
const NO_NODE = { refused: { type: "cancel", condition: "item-not-found" } } as const;
const SALT = Buffer.from("salt-of-everyone");
const ITERATIONS = 4096;

const hashName = (hash: ScramHash) => (hash === "SHA-1" ? "sha1" : "sha256");
const hmac = (hash: ScramHash, { key, text }: { key: Buffer; text: string }) => createHmac(hashName(hash), key).update(text).digest();

function keysOf(password: string, hash: ScramHash) {
  const salted = pbkdf2Sync(password, SALT, ITERATIONS, hash === "SHA-1" ? 20 : 32, hashName(hash));
  const client = hmac(hash, { key: salted, text: "Client Key" });
  const storedKey = createHash(hashName(hash)).update(client).digest("base64");
  return { salt: SALT.toString("base64"), iterations: ITERATIONS, storedKey, serverKey: hmac(hash, { key: salted, text: "Server Key" }).toString("base64") };
}

const rightsOf = (jid: string): Rights | undefined => USERS.find(({ id }) => `${id.toLowerCase()}@${DOMAIN}` === jid);

/** One socket with its stream. */
export class FakeDesk implements Desk {
  readonly stream: Stream = newStream();
  readonly frames: string[] = [];
  /** Every effect that was performed, in order. */
  readonly effects: Effect[] = [];
  code: number | undefined;
  readonly key: string;
  /** Stanzas sent since stream management began, and how many of them are acknowledged. */
  sent: string[] | undefined;
  acknowledged = 0;
  /** Whose socket this one's has become, or whose place it takes. */
  #heir: FakeDesk | undefined;
  #isDetached = false;
  readonly #shell: FakeShell;

  constructor(shell: FakeShell, key: string) {
    this.#shell = shell;
    this.key = key;
  }

  /** Gives a stanza to the client, if it has a socket. */
  push(text: string): void {
    if (isStanza(text)) this.sent?.push(text);
    if (!this.#isDetached) (this.#heir ?? this).frames.push(text);
  }

  #acknowledge(handled: number): void {
    const sent = this.sent?.length ?? 0;
    if (handled > sent) this.take({ event: "fail", error: handledTooHigh({ handled, sent }), cause: "error" });
    else this.acknowledged = Math.max(handled, this.acknowledged);
  }

  break(): void {
    this.take({ event: "socketClosed" });
  }

  resume(by: FakeDesk, handled: number): Answers["resume"] {
    const sent = this.sent ?? [];
    if (handled > sent.length) return { sent: sent.length };
    this.acknowledged = handled;
    this.#isDetached = false;
    this.#heir = by;
    by.#heir = this;
    const again = sent.slice(handled);
    by.frames.push(renderResumed({ previd: this.key, handled: this.stream.management?.handled ?? 0 }), ...again, ...(again.length > 0 ? [REQUEST] : []));
    return { resumed: true };
  }

  send(frame: string | Uint8Array): void {
    const heir = this.stream.phase === "closed" && this.#heir ? this.#heir : this;
    heir.take(typeof frame === "string" ? { event: "frame", text: frame } : { event: "binary" });
  }

  take(event: StreamEvent): void {
    for (const effect of step(this.stream, event, this.#shell.context)) {
      this.effects.push(effect);
      this.#perform(effect);
    }
  }

  async next(): Promise<string> {
    const frame = this.frames.shift();
    if (frame === undefined) throw new Error("No frame came");
    return frame;
  }

  async quiet(): Promise<readonly string[]> {
    return this.frames.splice(0);
  }

  async closed(): Promise<number> {
    if (this.code === undefined) throw new Error("Not closed");
    return this.code;
  }

  get full(): string {
    return `${this.stream.jid}/${this.stream.resource}`;
  }

  #perform(effect: Effect): void {
    switch (effect.effect) {
      case "send":
        this.push(effect.text);
        return;
      case "enableManagement":
        this.sent = [];
        this.frames.push(renderEnabled(effect.resumable ? { id: this.key, max: effect.max } : undefined));
        return;
      case "acknowledged":
        this.#acknowledge(effect.handled);
        return;
      case "detach":
        this.#isDetached = true;
        return;
      case "closeSocket":
        this.code ??= effect.code;
        return;
      case "answerTaken":
      case "ended":
      case "goLive":
        return;
      case "sendContactPresence": {
        const { head, tail } = renderContactPresence({ domain: DOMAIN, contact: "finesse", available: true });
        this.push(head + escapeAttr(this.full) + tail);
        return;
      }
      default:
        this.take({ event: "answered", ask: effect, answer: this.#shell.answer(this, effect) });
    }
  }
}

export class FakeShell implements Stage {
  readonly desks: FakeDesk[] = [];
  readonly context;
  /** While true, sign-in cannot be checked. */
  unavailable = false;
  readonly #subscriptions: { readonly node: string; readonly jid: string }[] = [];
  readonly #log: (FoundItem & { readonly node: string })[] = [];
  #ids = 0;

  constructor(settings: Partial<StreamSettings> = {}) {
    this.context = { settings: { ...SETTINGS, ...settings }, newId: () => `id-${++this.#ids}` };
  }

  connect(): FakeDesk {
    const desk = new FakeDesk(this, `stream-${this.desks.length + 1}`);
    this.desks.push(desk);
    return desk;
  }

  /** Delivers one item to whoever is subscribed and available. */
  publish(node: string, text: string): void {
    this.#deliver({ node, itemId: `item-${++this.#ids}`, payload: wrapText(text) });
  }

  #deliver({ node, itemId, payload }: { readonly node: string; readonly itemId: string; readonly payload: string }): void {
    const seq = this.#log.filter((item) => item.node === node).length + 1;
    this.#log.push({ node, id: itemId, epoch: EPOCH, seq, payload });
    const { head, tail } = renderEvent({ domain: DOMAIN, node, itemId, messageId: `m${++this.#ids}.${EPOCH}:${seq}`, payload });
    for (const desk of this.desks) {
      const { phase, available, priority, jid, userId } = desk.stream;
      if (phase !== "bound" || !available || priority < 0) continue;
      const automatic = automaticNodes(userId).includes(node) ? jid : undefined;
      const subscribed = this.#subscriptions.find((one) => one.node === node && (one.jid === jid || one.jid === desk.full))?.jid;
      const to = automatic ?? subscribed;
      if (to !== undefined) desk.push(head + escapeAttr(to) + tail);
    }
  }

  answer(desk: FakeDesk, ask: Ask): Answers[Ask["effect"]] {
    const { stream } = desk;
    const rights = rightsOf(stream.jid);
    switch (ask.effect) {
      case "checkPassword":
        if (this.unavailable) return { unavailable: true };
        return { accepted: rightsOf(ask.jid) !== undefined && ask.password === `pw-${rightsOf(ask.jid)?.id}` };
      case "fetchKeys":
        if (this.unavailable) return { unavailable: true };
        return keysOf(rightsOf(ask.jid) ? `pw-${rightsOf(ask.jid)?.id}` : "nobody's", ask.hash);
      case "checkProof":
        return this.#checkProof(ask);
      case "bind":
        return this.#bind(desk, ask.resource ?? "made-by-server");
      case "resume": {
        const held = this.desks.find(({ key, stream: { phase, jid } }) => key === ask.previd && phase === "bound" && jid === stream.jid);
        const over = this.desks.find(({ key }) => key === ask.previd)?.stream.management?.handled;
        return held?.stream.management?.resumable ? held.resume(desk, ask.handled) : { failed: "item-not-found", handled: over };
      }
      case "announce":
        return { accepted: true };
      case "subscribe":
        return this.#subscribe(rights, ask);
      case "unsubscribe": {
        const at = this.#subscriptions.findIndex(({ node, jid }) => node === ask.node && jid === ask.subscriber);
        if (at === -1) return { refused: { type: "cancel", condition: "unexpected-request", specific: "not-subscribed" } };
        this.#subscriptions.splice(at, 1);
        return { unsubscribed: true };
      }
      case "listSubscriptions": {
        const own = this.#subscriptions.filter(({ jid, node }) => jid.split("/")[0] === stream.jid && (ask.node === null || node === ask.node));
        return { subscriptions: own.map(({ node, jid }) => ({ node, jid, state: "subscribed" })) };
      }
      case "listItems":
        return this.#listItems(rights, ask);
      case "listNodes":
        return { nodes: rights ? knownNodes(rights) : [] };
      case "describeNode":
        return { known: rights !== undefined && knownNodes(rights).includes(ask.node) };
      case "publish": {
        const placed = placeOf(ask.node);
        if (!placed || !exists(placed)) return NO_NODE;
        const itemId = ask.itemId ?? `item-${++this.#ids}`;
        this.#deliver({ node: ask.node, itemId, payload: ask.payload });
        return { itemId };
      }
    }
  }

  #listItems(rights: Rights | undefined, { node, wanted }: Extract<Ask, { effect: "listItems" }>): Answers["listItems"] {
    const placed = placeOf(node);
    if (!placed || !rights || placed.family.name === "contact") return NO_NODE;
    if (!maySubscribe(rights, placed)) return { refused: { type: "auth", condition: "forbidden" } };
    if (wanted.after && wanted.after.epoch !== EPOCH) return NO_NODE;
    const log = this.#log.filter((item) => item.node === node);
    let found = log.filter(({ seq }) => seq > (wanted.after?.seq ?? 0));
    if (wanted.ids) found = found.filter(({ id }) => wanted.ids?.includes(id));
    if (wanted.newest !== null) found = wanted.newest === 0 ? [] : found.slice(-wanted.newest);
    return { items: found.slice(0, wanted.page ?? 100), count: log.length };
  }

  #bind(desk: FakeDesk, resource: string): Answers["bind"] {
    const { jid } = desk.stream;
    const old = this.desks.find(({ stream }) => stream.phase === "bound" && stream.jid === jid && stream.resource === resource);
    old?.take({ event: "fail", error: { condition: "conflict" }, cause: "conflict" });
    const rights = rightsOf(jid);
    return { resource, role: rights?.role ?? "agent", userId: rights?.id ?? "" };
  }

  #subscribe(rights: Rights | undefined, { node, subscriber }: Extract<Ask, { effect: "subscribe" }>): Answers["subscribe"] {
    const placed = placeOf(node);
    if (!placed || !rights || placed.family.name === "contact") return NO_NODE;
    if (!maySubscribe(rights, placed)) return { refused: { type: "auth", condition: "forbidden" } };
    if (!exists(placed) && !provesExistence(rights, placed)) return NO_NODE;
    if (!this.#subscriptions.some((one) => one.node === node && one.jid === subscriber)) this.#subscriptions.push({ node, jid: subscriber });
    return { subscribed: true };
  }

  #checkProof({ hash, storedKey, serverKey, authMessage, proof }: Extract<Ask, { effect: "checkProof" }>): Answers["checkProof"] {
    const stored = Buffer.from(storedKey, "base64");
    const signature = hmac(hash, { key: stored, text: authMessage });
    const given = Buffer.from(proof, "base64");
    if (given.length !== signature.length) return { accepted: false };
    const client = signature.map((octet, at) => octet ^ (given[at] ?? 0));
    if (!timingSafeEqual(createHash(hashName(hash)).update(client).digest(), stored)) return { accepted: false };
    return { accepted: true, serverSignature: hmac(hash, { key: Buffer.from(serverKey, "base64"), text: authMessage }).toString("base64") };
  }
}

function exists({ family, user, team }: Placed): boolean {
  if (family.name === "contact") return false;
  if (user !== undefined) return USERS.some(({ id }) => id === user);
  if (team !== undefined) return TEAMS.includes(team);
  return family.name === "system";
}
