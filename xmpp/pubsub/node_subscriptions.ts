/**
 * Subscriptions of a node that was created: begun, approved, ended, listed (XEP-0060 §6.1, §6.2, §8.6 to §8.8).
 *
 * @module
 */

import { bareOf, canonicalJid, parseJid } from "../address/jid.ts";
import { type DataForm, renderForm } from "../stanza/data_form.ts";
import { escapeAttr } from "../xml/serialize.ts";
import { renderSubscription } from "./event.ts";
import { PUBSUB_EVENT_NS, PUBSUB_OWNER_NS, SUBSCRIBE_AUTHORIZATION } from "./namespaces.ts";
import type { NodeContext, PubsubNode } from "./node.ts";
import { refuse } from "./node_items.ts";
import type { Asker, Decided, NodeChange, NodeRequest, NodeSubscription, SubscriptionEntry, SubscriptionState } from "./node_request.ts";
import { type Refused, refused, REFUSALS } from "./refusals.ts";
import { EVERYTHING, type Page, renderPage, type ResultSet } from "./result_set.ts";

export interface Subscribed {
  readonly subscription: NodeSubscription;
  /** It stands while the subscriber is in one of these; null: whatever its groups. */
  readonly groups: readonly string[] | null;
  readonly changes: readonly NodeChange[];
}

/**
 * Decides a subscribe (§6.1). `subid`: drawn by the subscriber's session, or that of the subscription that it has: such a
 * one is answered as it stands (PS-035).
 */
export function subscribe(
  node: PubsubNode,
  asker: Asker,
  { subscriber, subid }: { readonly subscriber: string; readonly subid: string },
  context: NodeContext,
): Subscribed | Refused {
  const access = node.access(asker, context);
  if ("refusal" in access) return access;
  const standing = node.subscription(subid);
  if (standing?.state === "pending" && access.granted === "with-approval") return refused("already-pending"); // §6.1.3.7
  if (standing?.state === "subscribed") return { subscription: standing, groups: access.groups, changes: [] };
  const isPendingElsewhere = node.subscriptionsOf(bareOf(subscriber)).some((one) => one.state === "pending" && one.jid === subscriber);
  if (access.granted === "with-approval" && isPendingElsewhere) return refused("already-pending");
  const subscription: NodeSubscription = { jid: subscriber, subid, state: access.granted === "at-once" ? "subscribed" : "pending" };
  node.putSubscription(subscription);
  const changes: NodeChange[] = [{ change: "subscription", subscription, groups: access.groups, byOwner: false }];
  if (subscription.state === "pending") changes.push(...approvalRequests(node, [subscription], node.owners, context));
  else changes.push(...ownersTold(node, subscription, "subscribed", context));
  return { subscription, groups: access.groups, changes };
}

/** A subscriber leaves (§6.2). */
export function unsubscribe(node: PubsubNode, subid: string, context: Pick<NodeContext, "newId">): NodeChange[] {
  const subscription = node.removeSubscription(subid);
  if (!subscription) return [];
  return [{ change: "unsubscription", subscription, byOwner: false }, ...ownersTold(node, subscription, "none", context)];
}

/** Tells owners of who comes and goes, where they want that (`notify_sub`). */
function ownersTold(node: PubsubNode, { jid }: NodeSubscription, state: string, { newId }: Pick<NodeContext, "newId">): NodeChange[] {
  if (!node.config.notifySub) return [];
  const payload = `<event xmlns="${PUBSUB_EVENT_NS}">${renderSubscription({ node: node.node, jid, state })}</event>`;
  return node.owners.map((to) => ({ change: "message", to, payload, id: newId() }));
}

// ---------------------------------------------------------------- approval

/** Asks owners for their approval (§8.6.1). */
function approvalRequests(node: PubsubNode, pending: readonly NodeSubscription[], to: readonly string[], { newId }: Pick<NodeContext, "newId">): NodeChange[] {
  return pending.flatMap(({ jid, subid }) => {
    const form: DataForm = {
      type: "form",
      formType: SUBSCRIBE_AUTHORIZATION,
      fields: [
        { name: "pubsub#subid", type: "hidden", values: [subid] },
        { name: "pubsub#node", type: "text-single", label: "Node", values: [node.node] },
        { name: "pubsub#subscriber_jid", type: "jid-single", label: "Subscriber", values: [jid] },
        { name: "pubsub#allow", type: "boolean", label: "Allow this address to subscribe?", values: ["0"] },
      ],
    };
    return to.map((owner): NodeChange => ({ change: "message", to: owner, payload: renderForm(form), id: newId() }));
  });
}

/** An owner's answer to such a request (§8.6.2, §8.6.3). */
export function authorize(node: PubsubNode, asker: Asker, { subscriber, subid, allow }: Extract<NodeRequest, { request: "authorize" }>): Decided {
  if (node.may(asker, "configure") !== "yes") return refuse("not-owner");
  const pending = node
    .subscriptionsOf(bareOf(subscriber))
    .filter((one) => one.jid === subscriber && one.state === "pending" && (subid === null || one.subid === subid));
  return { payload: "", changes: pending.flatMap((one) => settle(node, one, allow ? "subscribed" : "none")) };
}

/** Asks the owner anew for every approval that is still to be given (§8.7). */
export function getPending(node: PubsubNode, asker: Asker, context: NodeContext): Decided {
  if (node.may(asker, "configure") !== "yes") return refuse("not-owner");
  return { payload: "", changes: approvalRequests(node, node.pending, [bareOf(asker.jid)], context) };
}

// ---------------------------------------------------------------- owners

/** Sets the state of somebody's subscription, and tells them (§8.8.4, PS-091). */
export function settle(
  node: PubsubNode,
  { jid, subid }: NodeSubscription,
  state: SubscriptionState | "none",
  groups: readonly string[] | null = null,
): NodeChange[] {
  const told: NodeChange = {
    change: "message",
    to: jid,
    payload: `<event xmlns="${PUBSUB_EVENT_NS}">${renderSubscription({ node: node.node, jid, state, subid })}</event>`,
    id: `${subid}-${state}`,
  };
  if (state === "none") {
    const subscription = node.removeSubscription(subid);
    return subscription ? [{ change: "unsubscription", subscription, byOwner: true }, told] : [];
  }
  const subscription: NodeSubscription = { jid, subid, state };
  node.putSubscription(subscription);
  return [{ change: "subscription", subscription, groups, byOwner: true }, told];
}

/** Wraps what is answered in the owner's namespace. */
export const ownerAnswer = (inside: string): string => `<pubsub xmlns="${PUBSUB_OWNER_NS}">${inside}</pubsub>`;

/** Entries of an owner's list in one answer. */
export const MOST_LISTED = 1000;

/** A list as owners are answered: how it stands in the whole is said where that was asked for, or is news. */
export function ownerList(
  list: string,
  { page, found }: { readonly page: ResultSet | null; readonly found: Page & { readonly entries: readonly unknown[] } },
): string {
  return ownerAnswer(page || found.entries.length < found.count ? list + renderPage(found) : list);
}

export interface ListedSubscription {
  readonly jid: string;
  readonly subid?: string;
}

/** Subscriptions as owners are told of them. */
export function renderSubscriptions(node: string, listed: readonly ListedSubscription[]): string {
  const each = listed.map(
    ({ jid, subid }) => `<subscription jid="${escapeAttr(jid)}" subscription="subscribed"${subid === undefined ? "" : ` subid="${escapeAttr(subid)}"`}/>`,
  );
  const start = `<subscriptions node="${escapeAttr(node)}"`;
  return each.length === 0 ? `${start}/>` : `${start}>${each.join("")}</subscriptions>`;
}

/** Who is subscribed, in the order of ids; who waits for approval is not told (PS-089). */
export function listSubscriptions(node: PubsubNode, asker: Asker, { page }: Extract<NodeRequest, { request: "subscriptions" }>): Decided {
  if (node.may(asker, "configure") !== "yes") return refuse("not-owner");
  const found = node.subscribed.page(page ?? EVERYTHING, MOST_LISTED);
  if (!found) return refuse("no-item"); // RS-03
  const listed = found.entries.map(([, subscription]) => subscription);
  return { payload: ownerList(renderSubscriptions(node.node, listed), { page, found }), changes: [] };
}

/** Changes subscriptions: each entry one, the others stay (§8.8.2). */
export function modifySubscriptions(
  node: PubsubNode,
  asker: Asker,
  { entries }: Extract<NodeRequest, { request: "modify-subscriptions" }>,
  context: NodeContext,
): Decided {
  if (node.may(asker, "configure") !== "yes") return refuse("not-owner");
  const failed: SubscriptionEntry[] = [];
  const changes: NodeChange[] = [];
  for (const entry of entries) {
    const made = modify(node, entry, context);
    if (made) changes.push(...made);
    else failed.push(entry);
  }
  if (failed.length === 0) return { payload: "", changes };
  const each = failed.map(
    ({ jid, subid, subscription }) =>
      `<subscription jid="${escapeAttr(jid)}" subscription="${escapeAttr(subscription)}"${subid === null ? "" : ` subid="${escapeAttr(subid)}"`}/>`,
  );
  const payload = ownerAnswer(`<subscriptions node="${escapeAttr(node.node)}">${each.join("")}</subscriptions>`);
  return { payload, refusal: REFUSALS["config-impossible"], changes }; // §8.8.2.4
}

/** Undefined: it cannot be done. */
function modify(node: PubsubNode, { jid: given, subid, subscription: state }: SubscriptionEntry, { domain, newId }: NodeContext): NodeChange[] | undefined {
  const jid = canonicalJid(given);
  if (jid === undefined || (state !== "none" && state !== "subscribed")) return undefined;
  const standing = node.subscriptionsOf(bareOf(jid)).filter((one) => one.jid === jid && (subid === null || one.subid === subid));
  if (state === "none") return standing.flatMap((one) => settle(node, one, "none"));
  if (standing.length > 0) return standing.filter((one) => one.state !== "subscribed").flatMap((one) => settle(node, one, "subscribed"));
  const of = parseJid(jid);
  // Nobody is subscribed whom we do not know, nor who is barred.
  if (subid !== null || of?.domain !== domain || of.local === "" || node.may({ jid, role: "", groups: [] }, "subscribe") === "no") return undefined;
  return settle(node, { jid, subid: newId(), state: "subscribed" }, "subscribed");
}
