/**
 * Discovery: what the domain, its publish-subscribe service, an account and the contact answer (XEP-0030, XEP-0060 §5).
 *
 * @module
 */

import { nodeName } from "../address/node_name.ts";
import { capsNodeOf } from "../disco/caps.ts";
import { ACCOUNT, CONTACT, LEAF, PENDING_COMMAND, type Profile, PUBSUB_SERVICE, renderInfo, SERVER, STRICT_ACCOUNT, STRICT_SERVER } from "../disco/info.ts";
import { renderItems } from "../disco/items.ts";
import { serviceOf } from "../pubsub/event.ts";
import { COMMANDS_NS, GET_PENDING } from "../pubsub/namespaces.ts";
import { stanzaError } from "../stanza/stanza_error.ts";
import type { Effect } from "./effects.ts";
import { answer, recalled, refuse, type Request, type Route } from "./request.ts";
import type { Answered, Turn } from "./turn.ts";

const NO_SUCH_NODE = stanzaError("item-not-found"); // XEP-0030 §3.1

/** A profile, by itself or under the node that its hash names (XEP-0115 §6.2). */
function tell(profile: Profile): Route {
  return (turn, { iq, id, payload }) => {
    const { node } = payload.attrs;
    if (node !== undefined && node !== capsNodeOf(profile)) return refuse(turn, { iq, error: NO_SUCH_NODE });
    return answer(turn, { iq, id, payload: renderInfo(profile, node) });
  };
}

/** One profile, or what the other wire shows of it. */
const byWire =
  (open: Route, strict: Route): Route =>
  (turn, request) =>
    (turn.context.settings.profile === "open" ? open : strict)(turn, request);

export const domainInfo = byWire(tell(SERVER), tell(STRICT_SERVER));
export const accountInfo = byWire(tell(ACCOUNT), tell(STRICT_ACCOUNT));
export const contactInfo = tell(CONTACT);
const serviceInfo = tell(PUBSUB_SERVICE);

/** The service, or a node of it: whether the asker may know of that is found out first (XEP-0060 §5.3). */
export function pubsubInfo(turn: Turn, request: Request): Effect[] {
  const given = request.payload.attrs["node"];
  if (given === undefined || given === capsNodeOf(PUBSUB_SERVICE)) return serviceInfo(turn, request);
  if (given === GET_PENDING) return answer(turn, { ...request, payload: renderInfo(PENDING_COMMAND, given) });
  const node = nodeName(given);
  if (node === undefined) return refuse(turn, { iq: request.iq, error: NO_SUCH_NODE });
  return [{ effect: "describeNode", id: request.id, node }];
}

/** The answer to disco#info of a node. */
export function nodeDescribed(turn: Turn, { ask: { id, node }, answer: given }: Answered<"describeNode">): Effect[] {
  const iq = recalled({ id, to: serviceOf(turn.stream.domain) });
  if ("refused" in given) return refuse(turn, { iq, error: given.refused });
  if (!given.known) return refuse(turn, { iq, error: NO_SUCH_NODE });
  return answer(turn, { iq, id, payload: renderInfo(LEAF, node, given.form) });
}

/** Items of an address that has no nodes: a node of it is one that does not exist (XEP-0030 §7). */
function list(itemsOf: (turn: Turn) => Parameters<typeof renderItems>[0]): Route {
  return (turn, { iq, id, payload }) => {
    if (payload.attrs["node"] !== undefined) return refuse(turn, { iq, error: NO_SUCH_NODE });
    return answer(turn, { iq, id, payload: renderItems(itemsOf(turn), undefined) });
  };
}

/** The domain has the publish-subscribe service (XEP-0030 §4.1). */
export const domainItems = list(({ stream }) => [{ jid: serviceOf(stream.domain), name: "Deskwire notifications" }]);

/** What has no items answers that it has none (XEP-0030 §4.1). */
export const noItems = list(() => []);

/** The nodes the asker may know of (XEP-0060 §5.2), or the items of one (§5.5). */
export function pubsubItems(turn: Turn, request: Request): Effect[] {
  const given = request.payload.attrs["node"];
  if (given === undefined) return [{ effect: "listNodes", id: request.id }];
  // XEP-0050 §2.2: the commands that there are.
  if (given === COMMANDS_NS) {
    const jid = serviceOf(turn.stream.domain);
    return answer(turn, { ...request, payload: renderItems([{ jid, node: GET_PENDING, name: "Pending subscriptions" }], given) });
  }
  const node = nodeName(given);
  return node === undefined ? refuse(turn, { iq: request.iq, error: NO_SUCH_NODE }) : [{ effect: "nameItems", id: request.id, node }];
}

/** The answer to disco#items of the service. */
export function nodesListed(turn: Turn, { ask: { id }, answer: given }: Answered<"listNodes">): Effect[] {
  const jid = serviceOf(turn.stream.domain);
  const iq = recalled({ id, to: jid });
  if ("refused" in given) return refuse(turn, { iq, error: given.refused });
  return answer(turn, { iq, id, payload: renderItems(given.nodes.map((node) => ({ jid, node }))) });
}

/** The answer to disco#items of a node: an item is known by its name, and has no node (§5.5). */
export function itemsNamed(turn: Turn, { ask: { id, node }, answer: given }: Answered<"nameItems">): Effect[] {
  const jid = serviceOf(turn.stream.domain);
  const iq = recalled({ id, to: jid });
  if ("refused" in given) return refuse(turn, { iq, error: given.refused });
  return answer(turn, {
    iq,
    id,
    payload: renderItems(
      given.ids.map((name) => ({ jid, name })),
      node,
    ),
  });
}
