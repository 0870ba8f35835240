/**
 * Namespaces of publish-subscribe (XEP-0060 §16.1).
 *
 * @module
 */

/** Result sets (XEP-0059). */
export const RSM_NS = "http://jabber.org/protocol/rsm";
/** Where a node's log stands. */
export const POSITION_NS = "urn:deskwire:position";
export const PUBSUB_NS = "http://jabber.org/protocol/pubsub";
export const PUBSUB_OWNER_NS = `${PUBSUB_NS}#owner`;
export const PUBSUB_EVENT_NS = `${PUBSUB_NS}#event`;
