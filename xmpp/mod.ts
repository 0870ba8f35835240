/**
 * The protocol room: what the other rooms may use of it.
 *
 * @module
 */

export * from "./address/domain.ts";
export * from "./address/jid.ts";
export * from "./address/node_name.ts";
export * from "./disco/caps.ts";
export * from "./disco/info.ts";
export * from "./disco/items.ts";
export { sha1 } from "./disco/sha1.ts";
export * from "./pubsub/affiliations.ts";
export * from "./pubsub/event.ts";
export * from "./pubsub/families.ts";
export * from "./pubsub/family_node.ts";
export * from "./pubsub/items.ts";
export * from "./pubsub/namespaces.ts";
export * from "./pubsub/node.ts";
export { answerNodeRequest } from "./pubsub/node_answers.ts";
export { canBeMet, MOST_PAYLOAD, type NodeConfig, STANDARD_CONFIG } from "./pubsub/node_config.ts";
export { lastItem, publish as publishOnNode, retrieve as retrieveFromNode } from "./pubsub/node_items.ts";
export { create as createNode } from "./pubsub/node_owner.ts";
export * from "./pubsub/node_request.ts";
export {
  MOST_LISTED,
  ownerAnswer,
  ownerList,
  renderSubscriptions,
  subscribe as subscribeToNode,
  unsubscribe as unsubscribeFromNode,
} from "./pubsub/node_subscriptions.ts";
export { type RefusalName, REFUSALS, unsupported } from "./pubsub/refusals.ts";
export * from "./pubsub/result_set.ts";
export * from "./pubsub/shelf.ts";
export * from "./pubsub/subscribe_options.ts";
export * from "./pubsub/unavailable.ts";
export * from "./routing/blocking.ts";
export * from "./roster/roster.ts";
export * from "./roster/roster_request.ts";
export * from "./roster/subscription.ts";
export * from "./roster/tail.ts";
export * from "./routing/carbons.ts";
export * from "./routing/relayed.ts";
export * from "./routing/route.ts";
export * from "./routing/undelivered.ts";
export * from "./sasl/base64.ts";
export * from "./sasl/failure.ts";
export * from "./sasl/plain.ts";
export * from "./sasl/prepare.ts";
export * from "./sasl/scram.ts";
export * from "./session/contact.ts";
export * from "./session/effects.ts";
export { ownJid } from "./session/identity.ts";
export { answerForUser } from "./session/on_behalf.ts";
export { KEPT_TAIL } from "./session/presence.ts";
export { step } from "./session/step.ts";
export * from "./session/stream.ts";
export * from "./stanza/data_form.ts";
export * from "./stanza/stanza.ts";
export * from "./stanza/stanza_error.ts";
export * from "./stream/bosh.ts";
export * from "./stream/features.ts";
export * from "./stream/framing.ts";
export * from "./stream/management.ts";
export * from "./stream/stream_error.ts";
export * from "./xml/element.ts";
export * from "./xml/parse.ts";
export * from "./xml/serialize.ts";
