/**
 * A created node for tests: people of every affiliation, and requests in their names.
 *
 * @module
 */

import {
  type Affiliation,
  answerNodeRequest,
  type Asker,
  createNode,
  type Decided,
  MemoryShelf,
  type NodeConfig,
  type NodeContext,
  type NodeRequest,
  type Publication,
  type PubsubNode,
  publishOnNode,
  type StanzaError,
  STANDARD_CONFIG,
  subscribeToNode,
} from "../../../xmpp/mod.ts";

export const DOMAIN = "d.test";
export const jidOf = (name: string): string => `${name}@${DOMAIN}`;

/** Of a stream of this user. */
export function asker(name: string, of: { readonly role?: string; readonly groups?: readonly string[] } = {}): Asker {
  return { jid: `${jidOf(name)}/r`, role: of.role ?? "agent", groups: of.groups ?? [] };
}

let made = 0;
let seq = 0;

export function context(of: Partial<NodeContext> = {}): NodeContext {
  return { domain: DOMAIN, now: 1_000, next: { epoch: 1, seq: ++seq }, newId: () => `made-${++made}`, ownerGroups: [], ...of };
}

/** A node of `owner`'s, with `publisher`, `publish-only`, `member` and `outcast`, each named so; `nobody` is none of them. */
export function node(config: Partial<NodeConfig> = {}): PubsubNode {
  const created = createNode({ node: "n", shelf: new MemoryShelf(), asker: asker("owner"), config: [] }, context());
  if ("refusal" in created) throw new Error("Not created");
  const one = created.created;
  one.record = { ...one.record, config: { ...STANDARD_CONFIG, ...config } };
  for (const name of ["publisher", "publish-only", "member", "outcast"] as const) one.affiliate(jidOf(name), name satisfies Affiliation);
  return one;
}

export function publication(of: Partial<Publication> = {}): Publication {
  return { itemId: null, hasItem: true, payload: '<p xmlns="x"/>', type: "x", options: [], ...of };
}

export const publish = (on: PubsubNode, name: string, of: Partial<Publication> = {}) => publishOnNode(on, asker(name), publication(of), context());
export const subscribe = (to: PubsubNode, by: Asker, subid = `sub-${by.jid}`) =>
  subscribeToNode(to, by, { subscriber: by.jid.split("/")[0] ?? "", subid }, context());

export function ask(of: PubsubNode, by: Asker | string, request: Exclude<NodeRequest, { request: "create" }>, more: Partial<NodeContext> = {}): Decided {
  return answerNodeRequest(of, typeof by === "string" ? asker(by) : by, request, context(more));
}

/** `type condition [specific [feature]]`; "": not refused. */
export function refusalOf(answer: object): string {
  const { refusal } = answer as { readonly refusal?: StanzaError };
  return refusal ? [refusal.type, refusal.condition, refusal.specific, refusal.feature].filter(Boolean).join(" ") : "";
}

/** What is told to all who listen. */
export const eventsOf = ({ changes }: Pick<Decided, "changes">): string[] =>
  changes.flatMap((change) => (change.change === "event" && !change.quiet ? [change.inside] : []));
/** Whom is written to. */
export const toldOf = ({ changes }: Pick<Decided, "changes">): string[] => changes.flatMap((change) => (change.change === "message" ? [change.to] : []));
