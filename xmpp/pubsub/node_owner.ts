/**
 * What owners ask of a node: to create, configure and delete it, and who is affiliated (XEP-0060 §8.1 to §8.4, §8.9).
 *
 * @module
 */

import { bareJid, bareOf } from "../address/jid.ts";
import { renderForm } from "../stanza/data_form.ts";
import { escapeAttr } from "../xml/serialize.ts";
import { type Affiliation, readAffiliation } from "./affiliations.ts";
import { configurationNotice, deleteNotice } from "./event.ts";
import { PUBSUB_EVENT_NS, PUBSUB_NS } from "./namespaces.ts";
import { configForm, type NodeConfig, readConfig, STANDARD_CONFIG } from "./node_config.ts";
import { type NodeContext, PubsubNode } from "./node.ts";
import { quietUnless, refuse, trim } from "./node_items.ts";
import type { AffiliationEntry, Asker, Decided, NodeChange, NodeRequest } from "./node_request.ts";
import { MOST_LISTED, ownerAnswer, ownerList, settle } from "./node_subscriptions.ts";
import { EVERYTHING } from "./result_set.ts";
import { type Refused, refused, REFUSALS, unsupported } from "./refusals.ts";
import type { Shelf } from "./shelf.ts";

type OfRequest<R extends NodeRequest["request"]> = Extract<NodeRequest, { request: R }>;

/** A new node, its creator the owner (§8.1). */
export function create(
  of: { readonly node: string; readonly shelf: Shelf; readonly asker: Asker; readonly config: OfRequest<"create">["config"] },
  context: Pick<NodeContext, "now" | "ownerGroups">,
): { readonly created: PubsubNode; readonly changes: readonly NodeChange[] } | Refused {
  const read = readConfig(of.config, STANDARD_CONFIG);
  if ("refusal" in read) return read;
  if (!areOwn(read.config, [...of.asker.groups, ...(of.asker.contactGroups ?? []), ...context.ownerGroups])) return refused("config-impossible");
  const creator = bareOf(of.asker.jid);
  const record = { node: of.node, creator, createdAt: context.now, config: read.config };
  const created = new PubsubNode({ record, shelf: of.shelf, affiliations: [[creator, "owner"]] });
  return { created, changes: [{ change: "record" }, { change: "affiliation", jid: creator, affiliation: "owner" }] };
}

/** Only groups of an owner's can be allowed (§16.4.4: "the roster group(s) allowed"). */
function areOwn({ rosterGroups }: NodeConfig, groups: readonly string[]): boolean {
  return rosterGroups.every((group) => groups.includes(group));
}

/** The configuration as a form (§8.2.1). */
export function configuration(node: PubsubNode, asker: Asker, { ownerGroups }: NodeContext): Decided {
  if (node.may(asker, "configure") !== "yes") return refuse("not-owner");
  const form = renderForm(configForm(node.config, "form", [...new Set([...ownerGroups, ...(asker.contactGroups ?? []), ...node.config.rosterGroups])]));
  return { payload: ownerAnswer(`<configure node="${escapeAttr(node.node)}">${form}</configure>`), changes: [] };
}

/** Configures, or leaves it (§8.2.4, §8.2.5). */
export function configure(node: PubsubNode, asker: Asker, { form }: OfRequest<"configure">, context: NodeContext): Decided {
  if (node.may(asker, "configure") !== "yes") return refuse("not-owner");
  if (form.type === "cancel") return { payload: "", changes: [] };
  const read = readConfig(form.fields, node.config);
  if ("refusal" in read) return { payload: "", refusal: read.refusal, changes: [] };
  if (!areOwn(read.config, [...context.ownerGroups, ...asker.groups, ...(asker.contactGroups ?? []), ...node.config.rosterGroups]))
    return refuse("config-impossible");
  const before = node.config;
  node.record = { ...node.record, config: read.config };
  if (!read.config.persistItems) node.shelf.clear();
  const isTold = read.config.notifyConfig;
  const inside = isTold ? configurationNotice(node.node, toldForm(read.config)) : "";
  const notice: NodeChange = { change: "event", inside, ...quietUnless(isTold) };
  const trimmed = trim(node, read.config.notifyRetract && read.config.publishNodeFull === "retract-oldest");
  return { payload: "", changes: [{ change: "record" }, notice, ...trimmed, ...(isSameAccess(before, read.config) ? [] : rebase(node, context))] };
}

const toldForm = (config: NodeConfig): string => (config.deliverPayloads ? renderForm(configForm(config, "result")) : "");

function isSameAccess(before: NodeConfig, after: NodeConfig): boolean {
  return before.accessModel === after.accessModel && JSON.stringify(before.rosterGroups) === JSON.stringify(after.rosterGroups);
}

/** Under another access model subscriptions stand by something else, or not at all (PS-011). */
function rebase(node: PubsubNode, { ownerGroups }: NodeContext): NodeChange[] {
  const { accessModel, rosterGroups } = node.config;
  const groups = accessModel === "presence" ? ownerGroups : accessModel === "roster" ? rosterGroups : null;
  return [...node.subscriptions].flatMap((subscription): NodeChange[] => {
    const isAffiliated = node.may({ jid: subscription.jid, role: "", groups: [] }, "subscribe") === "yes";
    if (accessModel === "whitelist" && !isAffiliated) return settle(node, subscription, "none");
    if (accessModel !== "authorize" && subscription.state === "pending") return settle(node, subscription, "subscribed", groups);
    return [{ change: "subscription", subscription, groups: isAffiliated ? null : groups, byOwner: true }];
  });
}

/** The node goes, with all it has (§8.4). */
export function remove(node: PubsubNode, asker: Asker, { redirect }: OfRequest<"delete">, context: NodeContext): Decided {
  if (node.may(asker, "delete") !== "yes") return refuse("not-owner");
  node.shelf.clear();
  const inside = deleteNotice(node.node, redirect);
  const changes: NodeChange[] = [{ change: "event", inside, closes: true, ...quietUnless(node.config.notifyDelete) }];
  for (const subscription of [...node.subscriptions]) {
    node.removeSubscription(subscription.subid);
    changes.push({ change: "unsubscription", subscription, byOwner: true });
    // PS-085: who hears no events is told, too.
    if (subscription.state === "pending" && node.config.notifyDelete) changes.push(toldOf(subscription.jid, inside, context));
  }
  for (const jid of node.affiliations.keys()) changes.push({ change: "affiliation", jid, affiliation: "none" });
  for (const jid of [...node.affiliations.keys()]) node.affiliate(jid, "none");
  return { payload: "", changes: [...changes, { change: "record" }] };
}

/** An event for one address alone. */
export function toldOf(to: string, inside: string, { newId }: Pick<NodeContext, "newId">): NodeChange {
  return { change: "message", to, payload: `<event xmlns="${PUBSUB_EVENT_NS}">${inside}</event>`, id: newId() };
}

/** Who is affiliated (§8.9.1), in the order of addresses. */
export function affiliations(node: PubsubNode, asker: Asker, { page }: OfRequest<"affiliations">): Decided {
  if (node.may(asker, "configure") !== "yes") return refuse("not-owner");
  const found = node.affiliations.page(page ?? EVERYTHING, MOST_LISTED);
  if (!found) return refuse("no-item"); // RS-03
  const entries = found.entries.map(([jid, affiliation]) => ({ jid, affiliation }));
  return { payload: ownerList(renderAffiliations(node.node, entries), { page, found }), changes: [] };
}

function renderAffiliations(node: string, entries: readonly AffiliationEntry[]): string {
  const each = entries.map(({ jid, affiliation }) => `<affiliation jid="${escapeAttr(jid)}" affiliation="${escapeAttr(affiliation)}"/>`);
  const start = `<affiliations node="${escapeAttr(node)}"`;
  return each.length === 0 ? `${start}/>` : `${start}>${each.join("")}</affiliations>`;
}

interface Change {
  readonly entry: AffiliationEntry;
  /** Undefined: it is none of an account of ours. */
  readonly jid: string | undefined;
  readonly affiliation: Affiliation;
}

/** Changes affiliations: each entry one, the others stay (§8.9.2). */
export function modifyAffiliations(node: PubsubNode, asker: Asker, { entries }: OfRequest<"modify-affiliations">, context: NodeContext): Decided {
  if (node.may(asker, "configure") !== "yes") return refuse("not-owner");
  const wanted: Change[] = [];
  for (const entry of entries) {
    const affiliation = readAffiliation(entry.affiliation);
    if (!affiliation) return { payload: "", refusal: unsupported(`${entry.affiliation}-affiliation`), changes: [] }; // §8.9.2.3
    wanted.push({ entry, jid: bareJid(entry.jid), affiliation });
  }
  const named = wanted.map(({ jid, entry }) => jid ?? entry.jid);
  if (new Set(named).size < named.length) return refuse("duplicate-jid");
  const failed: AffiliationEntry[] = [];
  const changes: NodeChange[] = [];
  // Owners come before those who stop to be, so that one may take another's place.
  for (const { entry, jid, affiliation } of wanted.sort((a, b) => Number(b.affiliation === "owner") - Number(a.affiliation === "owner"))) {
    const made = jid === undefined ? undefined : affiliate(node, { jid, affiliation }, context);
    if (made) changes.push(...made);
    else failed.push(entry);
  }
  if (failed.length === 0) return { payload: "", changes };
  return { payload: ownerAnswer(renderAffiliations(node.node, failed)), refusal: REFUSALS["config-impossible"], changes }; // §8.9.2.4
}

/** Who is of another domain cannot sign in here, and is no owner to rely on. */
const isOf = (bare: string, { domain }: Pick<NodeContext, "domain">): boolean => bare.endsWith(`@${domain}`);

/** Affiliations of one node. */
const MOST_AFFILIATIONS = 10_000;

/** Undefined: it would leave the node without an owner (PS-002), or be one too many. */
function affiliate(node: PubsubNode, { jid, affiliation }: { jid: string; affiliation: Affiliation }, context: NodeContext): NodeChange[] | undefined {
  const before = node.affiliations.get(jid) ?? "none";
  if (before === affiliation) return [];
  if (before === "owner" && !node.owners.some((owner) => owner !== jid && isOf(owner, context))) return undefined;
  if (before === "none" && node.affiliations.size >= MOST_AFFILIATIONS) return undefined;
  node.affiliate(jid, affiliation);
  const inside = `<affiliations node="${escapeAttr(node.node)}"><affiliation jid="${escapeAttr(jid)}" affiliation="${affiliation}"/></affiliations>`;
  const notice: NodeChange = { change: "message", to: jid, payload: `<pubsub xmlns="${PUBSUB_NS}">${inside}</pubsub>`, id: context.newId() };
  return [{ change: "affiliation", jid, affiliation }, notice, ...resettle(node, jid, context)];
}

/** What another affiliation makes of somebody's subscriptions: some end, some wait no more (PS-088). */
function resettle(node: PubsubNode, jid: string, { ownerGroups }: NodeContext): NodeChange[] {
  const permission = node.may({ jid, role: "", groups: [] }, "subscribe");
  const { accessModel, rosterGroups } = node.config;
  return node.subscriptionsOf(jid).flatMap((subscription): NodeChange[] => {
    if (permission === "no" || (permission === "model" && accessModel === "whitelist")) return settle(node, subscription, "none");
    if (permission === "yes") return subscription.state === "pending" ? settle(node, subscription, "subscribed") : [rights(subscription, null)];
    // Who is affiliated no more has it by the model again.
    return [rights(subscription, accessModel === "presence" ? ownerGroups : accessModel === "roster" ? rosterGroups : null)];
  });
}

const rights = (subscription: Extract<NodeChange, { change: "subscription" }>["subscription"], groups: readonly string[] | null): NodeChange => ({
  change: "subscription",
  subscription,
  groups,
  byOwner: true,
});
