/** Any legal interleaving of what is asked of a node equals a simple model; and whatever is asked is answered once, with XML. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Affiliation, type NodeConfig, parseFrame, type PubsubNode, unsubscribeFromNode } from "../../../xmpp/mod.ts";
import { FakeShell } from "../../conversations/fake_shell.ts";
import { bind, DOMAIN, open, plain, PUBSUB } from "../session/support.ts";
import { ask, asker, context, jidOf, node, publish, refusalOf, subscribe } from "./support.ts";

const USERS = ["owner", "a", "b", "c"] as const;
type User = (typeof USERS)[number];
type Access = "open" | "whitelist" | "authorize";
type Publishing = "publishers" | "subscribers" | "open";

type Op =
  | { readonly does: "subscribe" | "unsubscribe" | "purge"; readonly by: User }
  | { readonly does: "publish" | "retract"; readonly by: User; readonly id: string }
  | { readonly does: "configure"; readonly by: User; readonly access: Access; readonly publishing: Publishing; readonly max: number }
  | { readonly does: "affiliate"; readonly by: User; readonly user: User; readonly affiliation: Affiliation }
  | { readonly does: "approve"; readonly by: User; readonly user: User; readonly allow: boolean };

const by = fc.constantFrom(...USERS);
const owner = fc.oneof({ weight: 4, arbitrary: fc.constant("owner" as const) }, { weight: 1, arbitrary: by });
const id = fc.constantFrom("1", "2", "3", "4");
const op: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ does: fc.constantFrom("subscribe" as const, "subscribe" as const, "unsubscribe" as const, "purge" as const), by }),
  fc.record({ does: fc.constantFrom("publish" as const, "publish" as const, "retract" as const), by, id }),
  fc.record({
    does: fc.constant("configure" as const),
    by: owner,
    access: fc.constantFrom<Access>("open", "whitelist", "authorize"),
    publishing: fc.constantFrom<Publishing>("publishers", "subscribers", "open"),
    max: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    does: fc.constant("affiliate" as const),
    by: owner,
    user: by,
    affiliation: fc.constantFrom<Affiliation>("owner", "publisher", "publish-only", "member", "none", "outcast"),
  }),
  fc.record({ does: fc.constant("approve" as const), by: owner, user: by, allow: fc.boolean() }),
);

/** What XEP-0060 says, in as few words as can be. Answers whether the request is refused. */
class Model {
  access: Access = "open";
  publishing: Publishing = "publishers";
  max = 2;
  items: { readonly id: string; readonly by: User }[] = [];
  readonly affiliations = new Map<User, Affiliation>([["owner", "owner"]]);
  readonly subscriptions = new Map<User, "subscribed" | "pending">();

  #is(user: User, ...affiliations: readonly Affiliation[]): boolean {
    return affiliations.includes(this.affiliations.get(user) ?? "none");
  }

  do(one: Op): boolean {
    switch (one.does) {
      case "subscribe":
        return this.#subscribe(one.by);
      case "unsubscribe":
        this.subscriptions.delete(one.by);
        return true;
      case "publish":
        if (!this.#mayPublish(one.by)) return false;
        this.items = [...this.items.filter((item) => item.id !== one.id), { id: one.id, by: one.by }].slice(-this.max);
        return true;
      case "retract": {
        const item = this.items.find((each) => each.id === one.id);
        const may = this.#is(one.by, "owner") || (!this.#is(one.by, "outcast") && item?.by === one.by);
        if (!item || !may) return false;
        this.items = this.items.filter((each) => each !== item);
        return true;
      }
      case "purge":
        if (!this.#is(one.by, "owner")) return false;
        this.items = [];
        return true;
      case "configure":
        if (!this.#is(one.by, "owner")) return false;
        if (one.access !== this.access) this.#reopen(one.access);
        [this.access, this.publishing, this.max] = [one.access, one.publishing, one.max];
        this.items = this.items.slice(-one.max);
        return true;
      case "affiliate":
        return this.#affiliate(one.by, one.user, one.affiliation);
      case "approve":
        if (!this.#is(one.by, "owner")) return false;
        if (this.subscriptions.get(one.user) !== "pending") return true;
        if (one.allow) this.subscriptions.set(one.user, "subscribed");
        else this.subscriptions.delete(one.user);
        return true;
    }
  }

  #subscribe(user: User): boolean {
    if (this.#is(user, "outcast", "publish-only")) return false;
    const isKnown = this.#is(user, "owner", "publisher", "member");
    if (!isKnown && this.access === "whitelist") return false;
    const standing = this.subscriptions.get(user);
    if (standing === "subscribed") return true;
    if (isKnown || this.access === "open") this.subscriptions.set(user, "subscribed");
    else if (standing === "pending") return false;
    else this.subscriptions.set(user, "pending");
    return true;
  }

  #mayPublish(user: User): boolean {
    if (this.#is(user, "owner", "publisher", "publish-only")) return true;
    if (this.#is(user, "outcast")) return false;
    return this.publishing === "open" || (this.publishing === "subscribers" && this.subscriptions.get(user) === "subscribed");
  }

  #reopen(access: Access): void {
    for (const [user, state] of [...this.subscriptions]) {
      const isKnown = this.#is(user, "owner", "publisher", "member");
      if (access === "whitelist" && !isKnown) this.subscriptions.delete(user);
      else if (access !== "authorize" && state === "pending") this.subscriptions.set(user, "subscribed");
    }
  }

  #affiliate(asking: User, user: User, affiliation: Affiliation): boolean {
    if (!this.#is(asking, "owner")) return false;
    if (this.#is(user, affiliation)) return true;
    const owners = [...this.affiliations.values()].filter((each) => each === "owner").length;
    if (this.#is(user, "owner") && owners === 1) return false;
    if (affiliation === "none") this.affiliations.delete(user);
    else this.affiliations.set(user, affiliation);
    const state = this.subscriptions.get(user);
    if (this.#is(user, "outcast", "publish-only") || (this.#is(user, "none") && this.access === "whitelist")) this.subscriptions.delete(user);
    else if (state === "pending" && this.#is(user, "owner", "publisher", "member")) this.subscriptions.set(user, "subscribed");
    return true;
  }
}

function carryOut(of: PubsubNode, one: Op): object {
  const field = (name: string, value: string) => ({ name: `pubsub#${name}`, values: [value] });
  switch (one.does) {
    case "subscribe":
      return subscribe(of, { ...asker(one.by), jid: jidOf(one.by) }, `sub-${one.by}`);
    case "unsubscribe":
      return unsubscribeFromNode(of, `sub-${one.by}`, context());
    case "publish":
      return publish(of, one.by, { itemId: one.id });
    case "retract":
      return ask(of, one.by, { request: "retract", itemId: one.id, notify: null });
    case "purge":
      return ask(of, one.by, { request: "purge" });
    case "configure": {
      const fields = [field("access_model", one.access), field("publish_model", one.publishing), field("max_items", String(one.max))];
      return ask(of, one.by, { request: "configure", form: { type: "submit", fields } });
    }
    case "affiliate":
      return ask(of, one.by, { request: "modify-affiliations", entries: [{ jid: jidOf(one.user), affiliation: one.affiliation }] });
    case "approve":
      return ask(of, one.by, { request: "authorize", subscriber: jidOf(one.user), subid: null, allow: one.allow });
  }
}

test("PS-002 PS-011 PS-065 any interleaving of subscribe, publish, retract, purge, configure, affiliate and approve equals the model", () => {
  fc.assert(
    fc.property(fc.array(op, { minLength: 10, maxLength: 60, size: "max" }), (ops) => {
      const of = node({ maxItems: 2 } satisfies Partial<NodeConfig>);
      for (const jid of [...of.affiliations.keys()]) if (jid !== jidOf("owner")) of.affiliate(jid, "none");
      const model = new Model();
      for (const one of ops) {
        const isDone = model.do(one);
        expect(refusalOf(carryOut(of, one)) === "", JSON.stringify(one)).toBe(isDone);
        expect(of.shelf.ids(), JSON.stringify(one)).toEqual(model.items.map((item) => item.id));
        expect(new Map(of.affiliations)).toEqual(new Map([...model.affiliations].map(([user, affiliation]) => [jidOf(user), affiliation])));
        const subscriptions = [...of.subscriptions].map(({ jid, state }) => [jid, state] as const);
        expect(new Map(subscriptions), JSON.stringify(one)).toEqual(new Map([...model.subscriptions].map(([user, state]) => [jidOf(user), state])));
      }
    }),
    { numRuns: 400 },
  );
});

describe("whatever is asked of the service", () => {
  const NS = "http://jabber.org/protocol/pubsub";
  const word = fc.oneof(
    fc.constantFrom("n", "m", "/finesse/api/Team/42/Users", `7001@${DOMAIN}`, `backend@${DOMAIN}`, "", "1", "owner", "none", "subscribed", "x@y"),
    fc.string({ maxLength: 6 }),
  );
  const attr = (value: string): string => value.replace(/[^\x20-\x7e]/g, "?").replace(/[&<"]/g, (each) => `&#${each.charCodeAt(0)};`);
  const attrs = fc.record({ node: word, jid: word, subid: word, affiliation: word, subscription: word, max_items: word }, { requiredKeys: [] });
  const rendered = (of: Readonly<Record<string, string | undefined>>): string =>
    Object.entries(of)
      .map(([name, value]) => ` ${name}="${attr(value ?? "")}"`)
      .join("");
  const form = fc
    .record({
      type: fc.constantFrom("submit", "cancel", "form", "x"),
      of: fc.constantFrom("node_config", "subscribe_options", "publish-options", "subscribe_authorization"),
      field: fc.constantFrom("access_model", "max_items", "deliver", "expire", "show-values", "title", "node", "allow", "subscriber_jid"),
      value: word,
    })
    .map(
      ({ type, of, field, value }) =>
        `<x xmlns="jabber:x:data" type="${type}"><field var="FORM_TYPE"><value>${NS}#${of}</value></field><field var="pubsub#${field}"><value>${attr(value)}</value></field></x>`,
    );
  const inside = fc.oneof(
    fc.constant(""),
    form,
    fc
      .tuple(fc.constantFrom("item", "affiliation", "subscription", "redirect"), attrs, fc.constantFrom("", '<p xmlns="q"/>'))
      .map(([name, of, payload]) => `<${name} id="1"${rendered(of)}>${payload}</${name}>`),
  );
  const names = [
    "create",
    "configure",
    "default",
    "delete",
    "purge",
    "affiliations",
    "subscriptions",
    "subscribe",
    "unsubscribe",
    "options",
    "items",
    "publish",
    "retract",
    "publish-options",
  ];
  const element = fc.tuple(fc.constantFrom(...names), attrs, inside).map(([name, of, within]) => `<${name}${rendered(of)}>${within}</${name}>`);
  const iq = fc
    .record({ type: fc.constantFrom("get", "set"), ns: fc.constantFrom(NS, `${NS}#owner`), elements: fc.array(element, { minLength: 1, maxLength: 2 }) })
    .map(({ type, ns, elements }) => `<iq xmlns="jabber:client" type="${type}" to="${PUBSUB}" id="q"><pubsub xmlns="${ns}">${elements.join("")}</pubsub></iq>`);
  const message = form.map((x) => `<message xmlns="jabber:client" to="${PUBSUB}" id="q">${x}</message>`);

  test("C-65 §8.2.3 every request is answered once, with XML that is read as it was written; nothing throws", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 8, arbitrary: iq }, { weight: 1, arbitrary: message }), { maxLength: 12 }), (frames) => {
        const desk = new FakeShell().connect();
        for (const frame of [open(), plain("backend"), open(), bind(), '<presence xmlns="jabber:client"/>']) desk.send(frame);
        for (const frame of frames) {
          desk.frames.length = 0;
          desk.send(frame);
          const answers = desk.frames.filter((text) => text.startsWith("<iq"));
          expect(answers, frame).toHaveLength(frame.startsWith("<iq") ? 1 : 0);
          for (const text of desk.frames) expect(parseFrame(text, { maxDepth: 64 }).error, text).toBeUndefined();
        }
      }),
      { numRuns: 500 },
    );
  });
});
