/**
 * Namespaces of publish-subscribe (XEP-0060 §16.1).
 *
 * @module
 */

/** Result sets (XEP-0059). */
export const RSM_NS = "http://jabber.org/protocol/rsm";
/** Headers of stanzas (XEP-0131). */
export const SHIM_NS = "http://jabber.org/protocol/shim";
/** Commands (XEP-0050). */
export const COMMANDS_NS = "http://jabber.org/protocol/commands";
/** Where a node's log stands. */
export const POSITION_NS = "urn:deskwire:position";
export const PUBSUB_NS = "http://jabber.org/protocol/pubsub";
export const PUBSUB_OWNER_NS = `${PUBSUB_NS}#owner`;
export const PUBSUB_EVENT_NS = `${PUBSUB_NS}#event`;
export const META_DATA = `${PUBSUB_NS}#meta-data`;
export const PUBLISH_OPTIONS = `${PUBSUB_NS}#publish-options`;
export const SUBSCRIBE_OPTIONS = `${PUBSUB_NS}#subscribe_options`;
export const SUBSCRIBE_AUTHORIZATION = `${PUBSUB_NS}#subscribe_authorization`;
export const GET_PENDING = `${PUBSUB_NS}#get-pending`;
