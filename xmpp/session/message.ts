/**
 * Messages of clients: to users (RFC 6121 §8.5), and an owner's approval of a subscription to the service (XEP-0060 §8.6).
 *
 * @module
 */

import { canonicalJid } from "../address/jid.ts";
import { nodeName } from "../address/node_name.ts";
import { PUBSUB_EVENT_NS, SUBSCRIBE_AUTHORIZATION } from "../pubsub/namespaces.ts";
import { formIn, readBoolean, readForm } from "../stanza/data_form.ts";
import { errorReply } from "../stanza/stanza.ts";
import { stanzaError } from "../stanza/stanza_error.ts";
import { child, childrenOf, type Element } from "../xml/element.ts";
import { type Addressee, addresseeOf, answersFrom, UNREACHABLE } from "./addressee.ts";
import type { Effect } from "./effects.ts";
import { relay } from "./relaying.ts";
import { fullJid, send, type Turn } from "./turn.ts";

/** Dropped in silence: errors are never answered (RFC 6120 §8.3.1), headlines need not be (RFC 6121 §8.5.2.2). */
const DROPPED: ReadonlySet<string> = new Set(["error", "headline"]);

/** Users, the own bare jid among them. */
const USERS: ReadonlySet<Addressee> = new Set(["account", "user"]);

/** Takes a message of a bound stream. */
export function takeMessage(turn: Turn, message: Element): Effect[] {
  const { type = "normal", to } = message.attrs;
  const addressee = addresseeOf(turn, to);
  if (USERS.has(addressee)) return relay(turn, message);
  if (type === "error" && addressee === "pubsub") return bounced(turn, message);
  if (DROPPED.has(type)) return [];
  const approval = addressee === "pubsub" ? approvalIn(turn, message) : undefined;
  if (approval) return approval;
  const error = UNREACHABLE[addressee] ?? stanzaError("service-unavailable");
  return [send(errorReply(message, { from: answersFrom(turn, to), to: fullJid(turn.stream) }, error))];
}

/**
 * An event that comes back for good ends the subscription of the full jid (XEP-0060 §12.4). One of the bare jid stays: other
 * resources may want what this one does not.
 */
function bounced({ stream }: Turn, message: Element): Effect[] {
  const error = child(message, "error");
  const event = child(message, "event", PUBSUB_EVENT_NS);
  const node = nodeName(childrenOf(event ?? message).find(({ ns }) => ns === PUBSUB_EVENT_NS)?.attrs["node"] ?? "");
  if (error?.attrs["type"] !== "cancel" || !event || node === undefined) return [];
  return [{ effect: "bounced", node, subscriber: fullJid(stream) }];
}

/** An owner approves, denies, or leaves it (§8.6.2); undefined: the message is none of that. */
function approvalIn(turn: Turn, message: Element): Effect[] | undefined {
  const x = formIn(message);
  const form = x && readForm(x);
  if (form?.type === "cancel") return []; // §8.6.2: the request stays pending
  if (form?.type !== "submit" || form.formType !== SUBSCRIBE_AUTHORIZATION) return undefined;
  const valueOf = (name: string): string => form.fields.find((field) => field.name === `pubsub#${name}`)?.values[0] ?? "";
  const [node, subscriber, allow] = [nodeName(valueOf("node")), canonicalJid(valueOf("subscriber_jid")), readBoolean(valueOf("allow"))];
  const { to, id = turn.context.newId() } = message.attrs;
  if (node === undefined || subscriber === undefined || allow === undefined) {
    return [send(errorReply(message, { from: answersFrom(turn, to), to: fullJid(turn.stream) }, stanzaError("bad-request")))];
  }
  return [{ effect: "tellNode", id, node, request: { request: "authorize", subscriber, subid: valueOf("subid") || null, allow } }];
}
