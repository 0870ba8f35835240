/**
 * Items of a node that was created: published, removed, asked for (XEP-0060 §6.5, §7, §8.5).
 *
 * @module
 */

import { bareOf } from "../address/jid.ts";
import { itemsNotice, purgeNotice, renderItem, retractNotice } from "./event.ts";
import type { FoundItem, Wanted } from "./items.ts";
import { meets, type NodeConfig } from "./node_config.ts";
import type { NodeContext, PubsubNode } from "./node.ts";
import type { Asker, Decided, NodeChange, NodeRequest, Publication } from "./node_request.ts";
import { type Refused, refused, type RefusalName, REFUSALS } from "./refusals.ts";
import { isBefore, type KeptItem } from "./shelf.ts";

/** Refuses, and nothing follows. */
export function refuse(name: RefusalName): Decided {
  return { payload: "", refusal: REFUSALS[name], changes: [] };
}

export interface Published {
  /** Null: the node has events without items. */
  readonly itemId: string | null;
  readonly changes: readonly NodeChange[];
}

/**
 * Decides a publish; `asker` null: the operator, who may.
 *
 * The same id again replaces the item, which becomes the newest (PS-009, PS-061).
 */
export function publish(node: PubsubNode, asker: Asker | null, publication: Publication, context: NodeContext): Published | Refused {
  if (asker && !node.mayPublish(asker)) return refused("may-not-publish");
  const { config, shelf } = node;
  if (!meets(config, publication.options)) return refused("precondition-not-met");
  const wrong = shapeRefusal(config, publication);
  if (wrong) return refused(wrong);
  if (!config.persistItems && !config.deliverPayloads) return { itemId: null, changes: [{ change: "event", inside: itemsNotice(node.node, "") }] };
  const itemId = publication.itemId ?? context.newId();
  const isNew = config.persistItems && !shelf.label(itemId);
  if (isNew && config.publishNodeFull === "reject" && keptCount(node, context) >= config.maxItems) return refused("node-full");
  const publisher = asker?.jid ?? "";
  if (config.persistItems) shelf.put({ id: itemId, ...context.next, at: context.now, publisher, payload: publication.payload });
  const changes: NodeChange[] = [{ change: "event", inside: publishedNotice(node, publication, { itemId, publisher }), item: itemId }];
  return { itemId, changes: [...changes, ...trim(node, config.publishNodeFull === "retract-oldest" && config.notifyRetract)] };
}

/** Does the publication have what the node demands (§4.3, §7.1.3.5 to §7.1.3.7)? */
export function shapeRefusal(
  config: Pick<NodeConfig, "persistItems" | "deliverPayloads" | "type" | "maxPayloadSize">,
  given: Publication,
): RefusalName | undefined {
  const { persistItems, deliverPayloads, type, maxPayloadSize } = config;
  if (!persistItems && !deliverPayloads) return given.hasItem ? "item-forbidden" : undefined;
  if (!given.hasItem) return "item-required";
  if (deliverPayloads && given.payload === "") return "payload-required";
  if (given.payload !== "" && type !== "" && given.type !== type) return "payload-invalid";
  if (given.payload.length > maxPayloadSize) return "payload-too-big";
  return undefined;
}

/** What the event says, by the matrix of §4.3. */
function publishedNotice({ node, config }: PubsubNode, { payload }: Publication, { itemId, publisher }: { itemId: string; publisher: string }): string {
  return itemsNotice(node, renderItem({ id: itemId, payload: config.deliverPayloads ? payload : "", ...said(config, publisher) }));
}

/** Who published, where replies go there (§7.1.2.3). */
function said({ itemReply }: NodeConfig, publisher: string): { readonly publisher?: string } {
  return itemReply === "publisher" && publisher !== "" ? { publisher } : {};
}

/** Takes away what there is no room for, the oldest first (§7.1.2.5). */
export function trim({ node, config, shelf }: PubsubNode, tell: boolean): NodeChange[] {
  const changes: NodeChange[] = [];
  while (shelf.count > config.maxItems) {
    const oldest = shelf.oldest();
    if (!oldest) break;
    shelf.remove(oldest.id);
    if (tell) changes.push({ change: "event", inside: retractNotice(node, oldest.id) });
  }
  return changes;
}

/** Is the item's time over (`item_expire`)? */
export function isExpired({ config }: PubsubNode, { at }: Pick<KeptItem, "at">, now: number): boolean {
  return now - at >= config.itemExpire * 1000;
}

/** Takes away items whose time is over, the oldest first. */
export function expire(node: PubsubNode, now: number): void {
  for (let oldest = node.shelf.oldest(); oldest && isExpired(node, oldest, now); oldest = node.shelf.oldest()) node.shelf.remove(oldest.id);
}

function keptCount(node: PubsubNode, { now }: NodeContext): number {
  expire(node, now);
  return node.shelf.count;
}

/** Removes an item (§7.2): an owner any, others what they published. */
export function retract(node: PubsubNode, asker: Asker, { itemId, notify }: Extract<NodeRequest, { request: "retract" }>, context: NodeContext): Decided {
  const permission = node.may(asker, "retract");
  if (permission === "no") return refuse("may-not-retract");
  if (!node.config.persistItems) return refuse("not-persistent");
  expire(node, context.now);
  const item = node.shelf.label(itemId);
  if (!item) return refuse(permission === "own" && !node.mayPublish(asker) ? "may-not-retract" : "no-item");
  if (permission === "own" && bareOf(item.publisher) !== bareOf(asker.jid)) return refuse("may-not-retract");
  node.shelf.remove(itemId);
  const tells = notify ?? node.config.notifyRetract; // PS-071
  return { payload: "", changes: [{ change: "event", inside: retractNotice(node.node, itemId), ...quietUnless(tells) }] };
}

/** Whoever is not told of an event still forgets, by it, what was the last before. */
export const quietUnless = (tells: boolean): { readonly quiet?: true } => (tells ? {} : { quiet: true });

/** Removes all items, and says so once (§8.5). */
export function purge(node: PubsubNode, asker: Asker): Decided {
  if (node.may(asker, "purge") !== "yes") return refuse("not-owner");
  if (!node.config.persistItems) return refuse("not-persistent");
  node.shelf.clear();
  return { payload: "", changes: [{ change: "event", inside: purgeNotice(node.node) }] };
}

export interface Retrieved {
  readonly items: readonly FoundItem[];
  readonly count: number;
}

/** Characters of items in one answer. */
const ANSWER_LENGTH = 200_000;

/** Finds what a request wants (§6.5). `limit`: of a page, where none was asked for. */
export function retrieve(
  node: PubsubNode,
  asker: Asker,
  { wanted, subid, limit }: { readonly wanted: Wanted; readonly subid: string | null; readonly limit: number },
  context: NodeContext,
): Retrieved | Refused {
  const refusal = node.retrievalRefusal(asker, context) ?? subidRefusal(node, asker, subid);
  if (refusal) return refusal;
  const { config, shelf } = node;
  if (!config.persistItems) return refused("not-persistent");
  expire(node, context.now);
  const { after, before } = wanted;
  const oldest = shelf.oldest();
  // What was there after the mark may be gone for lack of room: a gap is told (XEP-0059 §2.2).
  const isGap = after !== null && shelf.count >= config.maxItems && oldest !== undefined && (oldest.epoch > after.epoch || oldest.seq > after.seq + 1);
  if (isGap && !isKnown(node, after)) return refused("no-item");
  const marks = [after, before === "last" ? null : before];
  if (marks.some((mark) => mark && (mark.seq < 1 || !isBefore(mark, context.next)))) return refused("no-item"); // RS-03: nobody gave it out
  const most = Math.min(wanted.page ?? limit, limit);
  if (wanted.ids) return { items: within(node, byIds(node, wanted.ids)), count: shelf.count };
  if (wanted.newest !== null) return { items: within(node, shelf.newest(Math.min(wanted.newest, most))), count: shelf.count };
  const page = before === null ? shelf.after(after, most) : shelf.before(before === "last" ? null : before, most);
  return { items: within(node, page), count: shelf.count };
}

/** Does an item stand at the mark? */
function isKnown({ shelf }: PubsubNode, { epoch, seq }: { readonly epoch: number; readonly seq: number }): boolean {
  const [first] = shelf.after({ epoch, seq: seq - 1 }, 1);
  return first?.epoch === epoch && first.seq === seq;
}

/** Each once, whatever how often it is asked for; read one by one, as far as they are taken. */
function* byIds({ shelf }: PubsubNode, ids: readonly string[]): Iterable<KeptItem> {
  for (const id of new Set(ids)) {
    const item = shelf.get(id);
    if (item) yield item;
  }
}

function found({ config }: PubsubNode, item: KeptItem): FoundItem[] {
  const { id, epoch, seq, payload, publisher } = item;
  return [{ id, epoch, seq, payload, ...said(config, publisher) }];
}

/** As many as fit into an answer: one at least. */
function within(node: PubsubNode, items: Iterable<KeptItem>): FoundItem[] {
  let length = 0;
  const fitting: KeptItem[] = [];
  for (const item of items) {
    length += item.payload.length;
    if (fitting.length > 0 && length > ANSWER_LENGTH) break;
    fitting.push(item);
  }
  return fitting.flatMap((item) => found(node, item));
}

/** Who has several subscriptions says by which it asks (§6.5.9.1, §6.5.9.2). */
function subidRefusal(node: PubsubNode, { jid }: Asker, subid: string | null): Refused | undefined {
  const own = node.subscriptionsOf(bareOf(jid)).filter((one) => one.jid === jid || one.jid === bareOf(jid));
  if (subid !== null && own.length > 0 && !own.some((one) => one.subid === subid)) return refused("subid-invalid");
  const alike = own.filter((one) => one.jid === own[0]?.jid);
  return subid === null && alike.length > 1 ? refused("subid-required") : undefined;
}

/** The last item of a node that keeps some, and what tells of it: inside of `<event/>` (§6.1.7). */
export function lastItem(node: PubsubNode, now: number): (KeptItem & { readonly inside: string }) | undefined {
  if (!node.config.persistItems) return undefined;
  expire(node, now);
  const [item] = node.shelf.newest(1);
  if (!item) return undefined;
  const { id, publisher } = item;
  const payload = node.config.deliverPayloads ? item.payload : "";
  return { ...item, inside: itemsNotice(node.node, renderItem({ id, payload, ...said(node.config, publisher) })) };
}
