/**
 * Requests to the publish-subscribe service: asked of the shell, and answered when it has (XEP-0060 §5.6, §6, §7.1).
 *
 * @module
 */

import { renderForm } from "../stanza/data_form.ts";
import { renderSubscription, serviceOf } from "../pubsub/event.ts";
import { renderFound } from "../pubsub/items.ts";
import { PUBSUB_NS } from "../pubsub/namespaces.ts";
import { configForm, STANDARD_CONFIG } from "../pubsub/node_config.ts";
import { ownerAnswer } from "../pubsub/node_subscriptions.ts";
import { readRequest } from "../pubsub/request.ts";
import { optionsForm, STANDARD_OPTIONS, type SubscribeOptions } from "../pubsub/subscribe_options.ts";
import { attributes, CLIENT_NS, errorReply, iqErrorWith } from "../stanza/stanza.ts";
import type { Element } from "../xml/element.ts";
import { escapeAttr } from "../xml/serialize.ts";
import type { Ask, Effect } from "./effects.ts";
import { pendingForm, renderCommand } from "./pending_command.ts";
import { answer, recalled, refuse, type Request } from "./request.ts";
import { type Answered, fullJid, send, type Turn } from "./turn.ts";

/** Reads a request and asks the shell to carry it out. */
export function pubsubRequest(turn: Turn, { iq, id, type, payload: pubsub }: Request): Effect[] {
  const read = readRequest({ type, pubsub, asker: turn.stream.jid });
  if ("refusal" in read) return refuse(turn, { iq, error: read.refusal, echo: isSmall(pubsub) });
  switch (read.request) {
    case "subscribe":
      return [{ effect: "subscribe", id, node: read.node, subscriber: read.subscriber, options: read.options }];
    case "options":
      return [{ effect: "options", id, node: read.node, subscriber: read.subscriber, subid: read.subid, form: read.form }];
    case "default-options":
      return defaultOptions(turn, { iq, id, node: read.node });
    case "unsubscribe":
      return [{ effect: "unsubscribe", id, node: read.node, subscriber: read.subscriber, subid: read.subid }];
    case "subscriptions":
      return [{ effect: "listSubscriptions", id, node: read.node }];
    case "affiliations":
      return [{ effect: "listAffiliations", id, node: read.node }];
    case "items":
      return [{ effect: "listItems", id, node: read.node, wanted: read.wanted, subid: read.subid }];
    case "publish":
      return [{ effect: "publish", id, node: read.node, publication: read.publication }];
    case "create":
      return [{ effect: "askNode", id, node: read.node ?? turn.context.newId(), request: read.of }]; // PS-081
    case "node":
      return [{ effect: "askNode", id, node: read.node, request: read.of }];
    case "default-configuration": {
      const form = renderForm(configForm(STANDARD_CONFIG, "form"));
      return answer(turn, { iq, id, payload: ownerAnswer(`<default>${form}</default>`) }); // PS-084
    }
  }
}

/** The same of every node (§6.4). */
function defaultOptions(turn: Turn, { iq, id, node }: { readonly iq: Element; readonly id: string; readonly node: string | null }): Effect[] {
  const of = node === null ? "" : ` node="${escapeAttr(node)}"`;
  return answer(turn, { iq, id, payload: wrap(`<default${of}>${renderForm(optionsForm(STANDARD_OPTIONS, "form"))}</default>`) });
}

/** One empty operation: harmless to give back (RFC 6120 §8.3.1). Payloads and forms are not. */
function isSmall({ children }: Element): boolean {
  return children.length === 1 && children.every((each) => typeof each !== "string" && each.children.length === 0);
}

/** Granted, or waiting for approval: the subscription as it stands (§6.1.2, §6.1.4, §6.1.6); then events. */
export function subscribed(turn: Turn, { ask, answer: given }: Answered<"subscribe">): Effect[] {
  const iq = recallTarget(turn, ask);
  if ("refused" in given) return refuse(turn, { iq, error: given.refused, echo: true });
  const { id, node, subscriber } = ask;
  const { state = "subscribed", subid, options } = given;
  const attrs = attributes({ node, jid: subscriber, subscription: state, subid });
  // Empty: there are options, and none is demanded (§6.1.5).
  const payload = `<subscription${attrs}><subscribe-options/></subscription>${options ? renderOptions({ node, jid: subscriber, subid }, options, "result") : ""}`;
  return [...answer(turn, { iq, id, payload: wrap(payload) }), { effect: "goLive" }];
}

function renderOptions(
  attrs: Readonly<Record<"node" | "jid", string>> & { readonly subid: string | undefined },
  options: SubscribeOptions,
  type: "form" | "result",
): string {
  return `<options${attributes(attrs)}>${renderForm(optionsForm(options, type))}</options>`;
}

/** Options as they stand; of a change nothing is said (§6.3.3, §6.3.6). */
export function optionsFound(turn: Turn, { ask: { id, node, subscriber, form }, answer: given }: Answered<"options">): Effect[] {
  const iq = recall(turn, { id });
  if ("refused" in given) return refuse(turn, { iq, error: given.refused });
  if (form !== null) return answer(turn, { iq, id });
  return answer(turn, { iq, id, payload: wrap(renderOptions({ node, jid: subscriber, subid: given.subid }, given.options, "form")) });
}

/** An owner's answer to a request for approval: that it was taken shows in what follows, that it was not is said (§8.6). */
export function nodeTold(turn: Turn, { ask: { id }, answer: given }: Answered<"tellNode">): Effect[] {
  if (!("refused" in given)) return [];
  const message: Element = { name: "message", ns: CLIENT_NS, attrs: { id }, children: [] };
  return [send(errorReply(message, { from: serviceOf(turn.stream.domain), to: fullJid(turn.stream) }, given.refused))];
}

/** The subscription is no more (§6.2.2). */
export function unsubscribed(turn: Turn, { ask, answer: given }: Answered<"unsubscribe">): Effect[] {
  const iq = recallTarget(turn, ask);
  return "refused" in given ? refuse(turn, { iq, error: given.refused, echo: true }) : answer(turn, { iq, id: ask.id });
}

/** All subscriptions of the bare jid, whatever their resource; an empty list if there is none (§5.6). */
export function subscriptionsListed(turn: Turn, { ask: { id, node }, answer: given }: Answered<"listSubscriptions">): Effect[] {
  const iq = recall(turn, { id });
  if ("refused" in given) return refuse(turn, { iq, error: given.refused });
  const each = given.subscriptions.map(renderSubscription);
  const asked = node === null ? "" : ` node="${escapeAttr(node)}"`;
  const list = each.length === 0 ? `<subscriptions${asked}/>` : `<subscriptions${asked}>${each.join("")}</subscriptions>`;
  return answer(turn, { iq, id, payload: wrap(list) });
}

/** Affiliations of the bare jid, an empty list if there is none (§5.7). */
export function affiliationsListed(turn: Turn, { ask: { id, node, command }, answer: given }: Answered<"listAffiliations">): Effect[] {
  const iq = recall(turn, { id });
  if ("refused" in given) return refuse(turn, { iq, error: given.refused });
  if (command !== undefined) {
    const owned = given.affiliations.filter(({ affiliation }) => affiliation === "owner").map((one) => one.node);
    return answer(turn, { iq, id, payload: pendingForm(command, owned) });
  }
  const each = given.affiliations.map((one) => `<affiliation node="${escapeAttr(one.node)}" affiliation="${escapeAttr(one.affiliation)}"/>`);
  const start = `<affiliations${node === null ? "" : ` node="${escapeAttr(node)}"`}`;
  return answer(turn, { iq, id, payload: wrap(each.length === 0 ? `${start}/>` : `${start}>${each.join("")}</affiliations>`) });
}

/** What a node answered; of one that was created its name is told (§8.1.1). */
export function nodeAnswered(turn: Turn, { ask: { id, node, request, command }, answer: given }: Answered<"askNode">): Effect[] {
  const iq = recall(turn, { id });
  if ("refused" in given) {
    if (!given.echo) return refuse(turn, { iq, error: given.refused });
    return [send(iqErrorWith({ id, from: serviceOf(turn.stream.domain), to: fullJid(turn.stream) }, given.echo, given.refused))];
  }
  if (command !== undefined) return answer(turn, { iq, id, payload: renderCommand({ session: command, status: "completed" }) });
  return answer(turn, { iq, id, payload: request.request === "create" ? wrap(`<create node="${escapeAttr(node)}"/>`) : given.payload });
}

/** Items in the order of their publication (§6.5.2). */
export function itemsListed(turn: Turn, { ask: { id, node }, answer: given }: Answered<"listItems">): Effect[] {
  const iq = recall(turn, { id });
  return "refused" in given ? refuse(turn, { iq, error: given.refused }) : answer(turn, { iq, id, payload: renderFound(node, given) });
}

/** Published: the item's id is told (§7.1.2). */
export function published(turn: Turn, { ask: { id, node }, answer: given }: Answered<"publish">): Effect[] {
  const iq = recall(turn, { id });
  if ("refused" in given) return refuse(turn, { iq, error: given.refused });
  const item = given.itemId === null ? "" : `<item id="${escapeAttr(given.itemId)}"/>`;
  return answer(turn, { iq, id, payload: wrap(`<publish node="${escapeAttr(node)}">${item}</publish>`) });
}

function recallTarget(turn: Turn, { effect, id, node, subscriber }: Extract<Ask, { effect: "subscribe" | "unsubscribe" }>): Element {
  const operation: Element = { name: effect, ns: PUBSUB_NS, attrs: { node, jid: subscriber }, children: [] };
  return recall(turn, { id, payload: { name: "pubsub", ns: PUBSUB_NS, attrs: {}, children: [operation] } });
}

function recall({ stream }: Turn, { id, payload }: { readonly id: string; readonly payload?: Element }): Element {
  const to = serviceOf(stream.domain);
  return payload ? recalled({ id, to, payload }) : recalled({ id, to });
}

function wrap(payload: string): string {
  return `<pubsub xmlns="${PUBSUB_NS}">${payload}</pubsub>`;
}
