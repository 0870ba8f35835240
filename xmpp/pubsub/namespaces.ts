/**
 * Namespaces of publish-subscribe (XEP-0060 §16.1).
 *
 * @module
 */

export const PUBSUB_NS = "http://jabber.org/protocol/pubsub";
export const PUBSUB_OWNER_NS = `${PUBSUB_NS}#owner`;
export const PUBSUB_EVENT_NS = `${PUBSUB_NS}#event`;
