/**
 * Created nodes for the shell of the pure core: the real decisions, kept in memory, told at once.
 *
 * @module
 */

import {
  answerNodeRequest,
  type Asker,
  canBeMet,
  createNode,
  lastItem,
  FINESSE,
  mayComeByPublishing,
  MemoryShelf,
  type NodeChange,
  type NodeContext,
  type NodeRequest,
  type Publication,
  type PubsubNode,
  publishOnNode,
  type RefusalName,
  REFUSALS,
  renderNotice,
  retrieveFromNode,
  type StanzaError,
  subscribeToNode,
  type Unaddressed,
  unsubscribeFromNode,
  type Wanted,
} from "../../xmpp/mod.ts";

/** What is told outside of the nodes. */
export interface Outside {
  readonly domain: string;
  readonly epoch: number;
  newId(): string;
  groupsOf(jid: string): readonly string[];
  /** To all who listen. */
  emit(node: string, event: Unaddressed): void;
  message(change: Extract<NodeChange, { change: "message" }>, type: "headline" | "normal"): void;
  changed(node: string, change: Exclude<NodeChange, { change: "event" | "message" | "record" }>): void;
}

type Answer = { readonly payload: string } | { readonly refused: StanzaError; readonly echo?: string };

const refused = (name: RefusalName) => ({ refused: REFUSALS[name] });

export class FakeNodes {
  readonly #nodes = new Map<string, PubsubNode>();
  readonly #redirects = new Map<string, string>();
  readonly #seqs = new Map<string, number>();
  readonly #outside: Outside;

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  find(node: string): PubsubNode | undefined {
    return this.#nodes.get(node);
  }

  /** The last item of a node that sends it to who comes later. */
  last(name: string): { readonly event: Unaddressed; readonly at: number; readonly withPresence: boolean } | undefined {
    const node = this.#nodes.get(name);
    const item = node && lastItem(node, Date.now());
    if (!node || !item || node.config.sendLastPublishedItem === "never") return undefined;
    const { domain } = this.#outside;
    const event = renderNotice({ domain, messageId: `last.${item.epoch}:${item.seq}`, inside: item.inside, type: node.config.notificationType });
    return { event, at: item.at, withPresence: node.config.sendLastPublishedItem === "on_sub_and_presence" };
  }

  get listed(): string[] {
    return [...this.#nodes.values()].filter(({ config }) => config.accessModel !== "whitelist").map(({ node }) => node);
  }

  absence(node: string): { readonly refused: StanzaError } {
    const uri = this.#redirects.get(node);
    return uri === undefined ? refused("no-node") : { refused: { type: "modify", condition: "gone", uri } };
  }

  #context(node: string, owners: readonly string[] = []): NodeContext {
    const { domain, epoch, newId, groupsOf } = this.#outside;
    const next = { epoch, seq: (this.#seqs.get(node) ?? 0) + 1 };
    return { domain, now: Date.now(), next, newId, ownerGroups: [...new Set(owners.flatMap(groupsOf))] };
  }

  ask(name: string, asker: Asker, request: NodeRequest): Answer {
    if (request.request === "create") return this.#create(name, asker, request.config);
    const node = this.#nodes.get(name);
    if (!node) return this.absence(name);
    const { payload, refusal, changes } = answerNodeRequest(node, asker, request, this.#context(name, node.owners));
    this.#perform(node, changes);
    if (!refusal && request.request === "delete") {
      this.#nodes.delete(name);
      if (request.redirect !== null) this.#redirects.set(name, request.redirect);
    }
    if (!refusal) return { payload };
    return payload === "" ? { refused: refusal } : { refused: refusal, echo: payload };
  }

  #create(node: string, asker: Asker, config: Extract<NodeRequest, { request: "create" }>["config"]): Answer {
    if (this.#nodes.has(node)) return refused("node-exists");
    if (asker.role !== "publisher" && asker.role !== "admin") return refused("creator-not-allowed");
    const made = createNode({ node, shelf: new MemoryShelf(), asker, config }, this.#context(node));
    if ("refusal" in made) return { refused: made.refusal };
    this.#nodes.set(node, made.created);
    this.#perform(made.created, made.changes);
    return { payload: "" };
  }

  subscribe(name: string, asker: Asker, { subscriber, subid }: { readonly subscriber: string; readonly subid: string }) {
    const node = this.#nodes.get(name);
    if (!node) return this.absence(name);
    const decided = subscribeToNode(node, asker, { subscriber, subid }, this.#context(name, node.owners));
    if ("refusal" in decided) return { refused: decided.refusal };
    this.#perform(node, decided.changes);
    return decided.subscription;
  }

  unsubscribe(name: string, subid: string): void {
    const node = this.#nodes.get(name);
    if (node) this.#perform(node, unsubscribeFromNode(node, subid, this.#context(name)));
  }

  items(name: string, asker: Asker, { wanted, subid }: { readonly wanted: Wanted; readonly subid: string | null }) {
    const node = this.#nodes.get(name);
    if (!node) return this.absence(name);
    const found = retrieveFromNode(node, asker, { wanted, subid, limit: 100 }, this.#context(name, node.owners));
    return "refusal" in found ? { refused: found.refusal } : found;
  }

  publish(name: string, asker: Asker, publication: Publication): { readonly itemId: string | null } | { readonly refused: StanzaError } {
    if (!this.#nodes.has(name) && mayComeByPublishing(name, FINESSE) && canBeMet(publication.options)) this.#create(name, asker, publication.options);
    const node = this.#nodes.get(name);
    if (!node) return this.absence(name);
    const published = publishOnNode(node, asker, publication, this.#context(name));
    if ("refusal" in published) return { refused: published.refusal };
    this.#perform(node, published.changes);
    return { itemId: published.itemId };
  }

  #perform(node: PubsubNode, changes: readonly NodeChange[]): void {
    const { domain, epoch } = this.#outside;
    const { notificationType: type, deliverNotifications } = node.config;
    for (const change of changes) {
      if (change.change === "event") {
        const seq = (this.#seqs.get(node.node) ?? 0) + 1;
        this.#seqs.set(node.node, seq);
        const messageId = `${this.#outside.newId()}.${epoch}:${seq}`;
        if (deliverNotifications) this.#outside.emit(node.node, renderNotice({ domain, messageId, inside: change.inside, type }));
      } else if (change.change === "message") this.#outside.message(change, type);
      else if (change.change !== "record") this.#outside.changed(node.node, change);
    }
  }
}
