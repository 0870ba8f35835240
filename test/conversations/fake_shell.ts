/**
 * A shell for the pure core: answers what it asks from a small table of users and teams, and delivers events at once.
 *
 * @module
 */

import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import {
  addressed,
  addressingOf,
  type Affiliation,
  answerFamilyRequest,
  type Answers,
  type Ask,
  type Asker,
  automaticNodes,
  bareOf,
  type BlockingRequest,
  delayed,
  type Effect,
  escapeAttr,
  familyPublishRefusal,
  FINESSE,
  type FoundItem,
  isTold,
  handledTooHigh,
  iq,
  isStanza,
  knownNodes,
  maySubscribe,
  message,
  newStream,
  placeOf,
  type Placed,
  provesExistence,
  readOptions,
  type Relayed,
  REFUSALS,
  REQUEST,
  renderBlocking,
  renderContactPresence,
  renderEnabled,
  renderEvent,
  renderResumed,
  type Rights,
  resourceOf,
  route,
  type ScramHash,
  serviceOf,
  STANDARD_OPTIONS,
  type Stream,
  step,
  type StreamEvent,
  type StreamSettings,
  type SubscribeOptions,
  unsupported,
  wrapText,
} from "../../xmpp/mod.ts";
import { FakeContacts } from "./fake_contacts.ts";
import { FakeNodes } from "./fake_nodes.ts";
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
  idleSeconds: 60,
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

const groupsOf = (jid: string): readonly string[] => {
  const rights = rightsOf(bareOf(jid));
  return rights ? [...new Set([...rights.teams, ...rights.supervises.map(({ team }) => team)])] : [];
};

interface FakeSubscription {
  readonly node: string;
  readonly jid: string;
  readonly subid?: string;
  readonly state: "subscribed" | "pending";
  readonly options?: SubscribeOptions;
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
  /** It gets copies of the user's messages. */
  carbons = false;
  /** What its presence shows. */
  show = "online";
  /** Last items that follow what is being answered. */
  due: string[] = [];
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

  /** Which of the two it follows was said when it became due. */
  dueAfter: "presence" | "subscribe" = "subscribe";

  #pushDue(after: "presence" | "subscribe"): void {
    if (after !== this.dueAfter) return;
    for (const text of this.due.splice(0)) this.push(text);
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
      case "becomeActive":
        delete this.stream.inactive;
        return;
      case "answerTaken":
        return;
      case "ended":
        this.#shell.contacts.left(this);
        this.#shell.contacts.flush();
        return;
      case "goLive":
        if (this.stream.available) this.#pushDue("subscribe");
        return;
      case "sendContactPresence": {
        const { head, tail } = renderContactPresence({ domain: DOMAIN, contact: "finesse", available: true });
        this.push(head + escapeAttr(this.full) + tail);
        this.#pushDue("presence");
        return;
      }
      default:
        this.take({ event: "answered", ask: effect, answer: this.#shell.answer(this, effect) });
        this.#shell.contacts.flush();
    }
  }
}

export class FakeShell implements Stage {
  readonly desks: FakeDesk[] = [];
  readonly context;
  /** While true, sign-in cannot be checked. */
  unavailable = false;
  #subscriptions: readonly FakeSubscription[] = [];
  /** `jid node` → affiliation. */
  readonly #affiliations = new Map<string, Affiliation>();
  readonly #nodes: FakeNodes;
  readonly #blocked = new Map<string, Set<string>>();
  readonly contacts: FakeContacts;
  readonly #log: (FoundItem & { readonly node: string })[] = [];
  #ids = 0;

  constructor(settings: Partial<StreamSettings> = {}) {
    this.context = { settings: { ...SETTINGS, ...settings }, newId: () => `id-${++this.#ids}` };
    this.contacts = new FakeContacts({
      desks: this.desks,
      exists: (jid) => rightsOf(jid) !== undefined,
      newId: this.context.newId,
      isOpen: this.context.settings.profile === "open",
    });
    this.#nodes = new FakeNodes({
      domain: DOMAIN,
      epoch: EPOCH,
      newId: () => `id-${++this.#ids}`,
      groupsOf,
      emit: (node, event) => this.#emit(node, event),
      message: ({ to, id, payload }, type) => {
        const text = message({ from: serviceOf(DOMAIN), to, id, ...(type === "headline" && { type }) }, payload);
        for (const desk of this.#available(to)) desk.push(text);
      },
      changed: (node, change) => {
        if (change.change === "affiliation") this.#affiliations.set(`${change.jid} ${node}`, change.affiliation);
        else this.#changed(node, change);
      },
    });
  }

  #changed(node: string, { change, subscription }: { change: "subscription" | "unsubscription"; subscription: Omit<FakeSubscription, "node"> }): void {
    const standing = this.#subscriptions.find(({ subid }) => subid !== undefined && subid === subscription.subid);
    const others = this.#subscriptions.filter((one) => one !== standing);
    this.#subscriptions = change === "subscription" ? [...others, { ...standing, node, ...subscription }] : others;
  }

  /** Desks that a message for this address reaches. */
  #available(to: string): FakeDesk[] {
    return this.desks.filter(({ stream, full }) => {
      if (stream.phase !== "bound" || !stream.available || stream.jid !== bareOf(to)) return false;
      return resourceOf(to) === "" ? stream.priority >= 0 : full === to;
    });
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
    this.#emit(node, renderEvent({ domain: DOMAIN, node, itemId, messageId: `m${++this.#ids}.${EPOCH}:${seq}`, payload }));
  }

  #emit(node: string, { head, tail }: { readonly head: string; readonly tail: string }): void {
    for (const desk of this.desks) {
      const { phase, available, priority, jid, userId } = desk.stream;
      if (phase !== "bound" || !available || priority < 0) continue;
      const automatic = automaticNodes(userId, FINESSE).includes(node) ? jid : undefined;
      const to = automatic ?? this.#addressing(desk, node, [desk.full, jid]);
      if (to !== undefined) desk.push(addressed({ head, tail }, to));
    }
  }

  /** How the events of a node come to a desk: by its full jid before the bare one; undefined: not at all. */
  #addressing(desk: FakeDesk, node: string, jids: readonly string[]): string | undefined {
    for (const jid of jids) {
      const all = this.#subscriptions.filter((one) => one.node === node && one.jid === jid && one.state === "subscribed");
      const wanted = all.filter(({ options = STANDARD_OPTIONS }) => isTold(options, desk.show));
      if (wanted.length > 0)
        return addressingOf(
          jid,
          wanted.flatMap(({ subid }) => subid ?? []),
        );
    }
    return undefined;
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
        this.#announced(desk, ask);
        this.contacts.announced(desk, ask);
        return { accepted: true };
      case "getRoster":
      case "setRoster":
      case "sendSubscription":
      case "sendDirected":
      case "probe":
        return this.contacts.answer(desk, ask);
      case "bounced":
        return {
          unsubscribed: "unsubscribed" in this.#unsubscribe({ effect: "unsubscribe", id: "", node: ask.node, subscriber: ask.subscriber, subid: null }),
        };
      case "options":
        if (automaticNodes(stream.userId, FINESSE).includes(ask.node)) return { refused: unsupported("subscription-options") };
        return this.#options(ask);
      case "tellNode":
        return this.#nodes.ask(ask.node, this.#asker(desk), ask.request);
      case "subscribe":
        if (ask.options && automaticNodes(stream.userId, FINESSE).includes(ask.node)) return { refused: unsupported("subscription-options") };
        return placeOf(ask.node, FINESSE) ? this.#subscribe(rights, ask) : this.#subscribeToCreated(desk, ask);
      case "unsubscribe":
        return this.#unsubscribe(ask);
      case "listSubscriptions": {
        const own = this.#subscriptions.filter(({ jid, node }) => bareOf(jid) === stream.jid && (ask.node === null || node === ask.node));
        return { subscriptions: own.map(({ options: _, ...one }) => one) };
      }
      case "listAffiliations":
        return { affiliations: this.#affiliationsOf(stream.jid).filter(({ node }) => ask.node === null || node === ask.node) };
      case "askNode": {
        const placed = placeOf(ask.node, FINESSE);
        if (!placed) return this.#nodes.ask(ask.node, this.#asker(desk), ask.request);
        if (!rights || !maySubscribe(rights, placed)) return NO_NODE;
        const { payload, refusal } = answerFamilyRequest({ node: ask.node, family: placed.family, role: rights.role }, ask.request);
        return refusal ? { refused: refusal } : { payload };
      }
      case "nameItems": {
        if (placeOf(ask.node, FINESSE)) return { ids: [] };
        const named = this.#nodes.ask(ask.node, this.#asker(desk), { request: "item-names" });
        return "refused" in named ? named : { ids: named.payload === "" ? [] : JSON.parse(named.payload) };
      }
      case "listItems":
        if (!placeOf(ask.node, FINESSE)) return this.#nodes.items(ask.node, this.#asker(desk), ask);
        return this.#listItems(rights, ask);
      case "listNodes": {
        const own = this.#affiliationsOf(stream.jid).map(({ node }) => node);
        return { nodes: [...new Set([...(rights ? knownNodes(rights, FINESSE) : []), ...this.#nodes.listed, ...own])] };
      }
      case "describeNode": {
        if (placeOf(ask.node, FINESSE)) return { known: rights !== undefined && knownNodes(rights, FINESSE).includes(ask.node) };
        const described = this.#nodes.ask(ask.node, this.#asker(desk), { request: "describe" });
        return "refused" in described ? { known: false } : { known: true, form: described.payload };
      }
      case "carbons":
        desk.carbons = ask.on;
        return { done: true };
      case "blocking":
        return { payload: this.#blocking(stream.jid, ask.request) };
      case "relay":
        return this.#relay(ask.stanza);
      case "publish": {
        const placed = placeOf(ask.node, FINESSE);
        const { publication } = ask;
        if (!placed) return this.#nodes.publish(ask.node, this.#asker(desk), publication);
        const refusal = familyPublishRefusal(placed.family, { role: stream.role, publication });
        if (refusal) return { refused: refusal.refusal };
        if (!exists(placed)) return NO_NODE;
        const itemId = publication.itemId ?? `item-${++this.#ids}`;
        this.#deliver({ node: ask.node, itemId, payload: publication.payload });
        return { itemId };
      }
    }
  }

  #blocking(jid: string, request: BlockingRequest): string {
    const list = this.#blocked.get(jid) ?? new Set<string>();
    this.#blocked.set(jid, list);
    if (request.request === "list") return renderBlocking("blocklist", list);
    for (const each of request.jids) request.request === "block" ? list.add(each) : list.delete(each);
    if (request.request === "unblock" && request.jids.length === 0) list.clear();
    for (const desk of this.desks) {
      if (desk.stream.jid !== jid || !desk.stream.hasBlocklist) continue;
      desk.push(iq({ type: "set", id: `id-${++this.#ids}`, to: desk.full }, renderBlocking(request.request, request.jids)));
    }
    return "";
  }

  #relay(stanza: Relayed): Answers["relay"] {
    const bound = this.desks.filter(({ stream }) => stream.phase === "bound" && stream.jid === bareOf(stanza.to));
    const resources = bound.map((desk) => ({ desk, resource: desk.stream.resource, available: desk.stream.available, priority: desk.stream.priority }));
    const way = route(stanza, resourceOf(stanza.to), resources);
    if (way.route === "deliver") for (const { desk } of way.to) desk.push(stanza.text);
    return way.route === "refuse" || way.route === "answer" ? { refused: { type: "cancel", condition: "service-unavailable" } } : {};
  }

  #announced(desk: FakeDesk, { available, show, priority }: Extract<Ask, { effect: "announce" }>): void {
    desk.show = show;
    if (!available || priority < 0 || (desk.stream.available && desk.stream.priority >= 0)) return;
    desk.dueAfter = "presence";
    for (const node of new Set(this.#subscriptions.map((one) => one.node))) {
      const to = this.#addressing(desk, node, [desk.full, desk.stream.jid]);
      if (to !== undefined) this.#remind(desk, node, { to, with: "presence" });
    }
  }

  /** The last item follows, where the node sends it then. */
  #remind(desk: FakeDesk, node: string, of: { readonly to: string; readonly with: "presence" | "subscribe" }): void {
    const last = this.#nodes.last(node);
    if (!last || (of.with === "presence" && !last.withPresence)) return;
    desk.due.push(addressed(delayed(last.event, last.at), of.to));
  }

  #options({ node, subscriber, subid, form }: Extract<Ask, { effect: "options" }>): Answers["options"] {
    const all = this.#subscriptions.filter((one) => one.node === node && one.jid === subscriber);
    if (all.length === 0) return placeOf(node, FINESSE) || this.#nodes.find(node) ? { refused: REFUSALS["not-subscribed-options"] } : NO_NODE;
    if (subid === null && all.length > 1) return { refused: REFUSALS["subid-required"] };
    const one = subid === null || placeOf(node, FINESSE) ? all[0] : all.find((each) => each.subid === subid);
    if (!one) return { refused: REFUSALS["subid-invalid"] };
    const standing = one.options ?? STANDARD_OPTIONS;
    const named = one.subid === undefined ? {} : { subid: one.subid };
    if (form?.type !== "submit") return { options: standing, ...named };
    const read = readOptions(form.fields, standing, Date.now());
    if ("refusal" in read) return { refused: read.refusal };
    this.#subscriptions = this.#subscriptions.map((each) => (each === one ? { ...one, options: read.options } : each));
    return { options: read.options, ...named };
  }

  #asker({ stream, full }: FakeDesk): Asker {
    return { jid: full, role: stream.role, groups: groupsOf(stream.jid) };
  }

  #affiliationsOf(jid: string): { readonly node: string; readonly affiliation: Affiliation }[] {
    return [...this.#affiliations]
      .filter(([key, affiliation]) => key.startsWith(`${jid} `) && affiliation !== "none")
      .map(([key, affiliation]) => ({ node: key.slice(jid.length + 1), affiliation }));
  }

  #unsubscribe({ node, subscriber, subid }: Extract<Ask, { effect: "unsubscribe" }>): Answers["unsubscribe"] {
    const all = this.#subscriptions.filter((one) => one.node === node && one.jid === subscriber);
    if (all.length === 0) return placeOf(node, FINESSE) || this.#nodes.find(node) ? { refused: REFUSALS["not-subscribed"] } : this.#nodes.absence(node);
    if (placeOf(node, FINESSE)) {
      this.#subscriptions = this.#subscriptions.filter((one) => one !== all[0]);
      return { unsubscribed: true };
    }
    if (subid === null && all.length > 1) return { refused: REFUSALS["subid-required"] };
    const one = subid === null ? all[0] : all.find((each) => each.subid === subid);
    if (!one?.subid) return { refused: REFUSALS["subid-invalid"] };
    this.#nodes.unsubscribe(node, one.subid);
    return { unsubscribed: true };
  }

  #listItems(rights: Rights | undefined, { node, wanted }: Extract<Ask, { effect: "listItems" }>): Answers["listItems"] {
    const placed = placeOf(node, FINESSE);
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

  #subscribeToCreated(desk: FakeDesk, { node, subscriber, options: given }: Extract<Ask, { effect: "subscribe" }>): Answers["subscribe"] {
    const read = given && readOptions(given, STANDARD_OPTIONS, Date.now());
    if (read && "refusal" in read) return { refused: read.refusal };
    const standing = given ? undefined : this.#subscriptions.find((one) => one.node === node && one.jid === subscriber);
    const answer = this.#nodes.subscribe(node, this.#asker(desk), { subscriber, subid: standing?.subid ?? `sub-${++this.#ids}` });
    if ("refused" in answer) return answer;
    const { state, subid } = answer;
    if (read) this.#subscriptions = this.#subscriptions.map((one) => (one.subid === subid ? { ...one, options: read.options } : one));
    const to = standing || state === "pending" ? undefined : this.#addressing(desk, node, [subscriber]);
    desk.dueAfter = "subscribe";
    if (to !== undefined && (subscriber === desk.full || subscriber === desk.stream.jid)) this.#remind(desk, node, { to, with: "subscribe" });
    return { subscribed: true, state, subid, ...(read && { options: read.options }) };
  }

  #subscribe(rights: Rights | undefined, { node, subscriber, options: given }: Extract<Ask, { effect: "subscribe" }>): Answers["subscribe"] {
    const placed = placeOf(node, FINESSE);
    if (!placed || !rights || placed.family.name === "contact") return NO_NODE;
    if (!maySubscribe(rights, placed)) return { refused: { type: "auth", condition: "forbidden" } };
    if (!exists(placed) && !provesExistence(rights, placed)) return NO_NODE;
    const read = given && readOptions(given, STANDARD_OPTIONS, Date.now());
    if (read && "refusal" in read) return { refused: read.refusal };
    if (!this.#subscriptions.some((one) => one.node === node && one.jid === subscriber)) {
      this.#subscriptions = [...this.#subscriptions, { node, jid: subscriber, state: "subscribed" }];
    }
    if (!read) return { subscribed: true };
    this.#subscriptions = this.#subscriptions.map((one) => (one.node === node && one.jid === subscriber ? { ...one, options: read.options } : one));
    return { subscribed: true, options: read.options };
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
