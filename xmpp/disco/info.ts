/**
 * What the entities of this service are and can do (XEP-0030 §3).
 *
 * A feature stands here only if it works.
 *
 * @module
 */

import { escapeAttr } from "../xml/serialize.ts";

export const DISCO_INFO_NS = "http://jabber.org/protocol/disco#info";
export const DISCO_ITEMS_NS = "http://jabber.org/protocol/disco#items";
export const CAPS_NS = "http://jabber.org/protocol/caps";
export const PING_NS = "urn:xmpp:ping";
export const ROSTER_NS = "jabber:iq:roster";

/** What an entity is (XEP-0030 §3.1). */
export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly name?: string;
  readonly lang?: string;
}

/** All that disco#info tells of an entity. */
export interface Profile {
  readonly identities: readonly Identity[];
  readonly features: readonly string[];
}

const RSM = "http://jabber.org/protocol/rsm";
const COMMANDS = "http://jabber.org/protocol/commands";
const SHIM = "http://jabber.org/protocol/shim";
const PUBSUB = "http://jabber.org/protocol/pubsub";
const COMMON = [DISCO_INFO_NS, DISCO_ITEMS_NS, PING_NS] as const;

/** What users can do beside listening to nodes; not in the profile `finesse-strict`. */
const BETWEEN_USERS = ["urn:xmpp:blocking", "urn:xmpp:carbons:2"] as const;

/** The domain as `finesse-strict` shows it. */
export const STRICT_SERVER: Profile = {
  identities: [{ category: "server", type: "im", name: "Deskwire" }],
  features: [...COMMON, CAPS_NS, ROSTER_NS],
};

/** The domain itself. */
export const SERVER: Profile = { ...STRICT_SERVER, features: [...STRICT_SERVER.features, ...BETWEEN_USERS, "jabber:iq:version"] };

/** What of XEP-0060 works (§10); `access-open`: the access model of a node that nobody configured. */
const PUBSUB_FEATURES = [
  "access-open",
  "auto-create",
  "config-node",
  "create-and-configure",
  "create-nodes",
  "delete-items",
  "delete-nodes",
  "get-pending",
  "instant-nodes",
  "item-ids",
  "last-published",
  "leased-subscription",
  "manage-subscriptions",
  "member-affiliation",
  "meta-data",
  "modify-affiliations",
  "multi-subscribe",
  "outcast-affiliation",
  "persistent-items",
  "publish",
  "publish-node-full",
  "publish-only-affiliation",
  "publish-options",
  "publisher-affiliation",
  "purge-nodes",
  "retract-items",
  "retrieve-affiliations",
  "retrieve-default",
  "retrieve-default-sub",
  "retrieve-items",
  "retrieve-subscriptions",
  "subscribe",
  "subscription-notifications",
  "subscription-options",
] as const;

/** The publish-subscribe service (XEP-0060 §5.1, §10). */
export const PUBSUB_SERVICE: Profile = {
  identities: [{ category: "pubsub", type: "service", name: "Deskwire notifications" }],
  features: [...COMMON, PUBSUB, ...PUBSUB_FEATURES.map((feature) => `${PUBSUB}#${feature}`), RSM, COMMANDS, SHIM],
};

/** A node of it (XEP-0060 §5.3). */
export const LEAF: Profile = {
  identities: [{ category: "pubsub", type: "leaf" }],
  features: [DISCO_INFO_NS, DISCO_ITEMS_NS, PUBSUB],
};

/** The command that asks owners anew for their approvals (XEP-0050 §2.3, XEP-0060 §8.7). */
export const PENDING_COMMAND: Profile = {
  identities: [{ category: "automation", type: "command-node", name: "Pending subscriptions" }],
  features: [COMMANDS, "jabber:x:data"],
};

/** The bare jid of a user, asked by the user, as `finesse-strict` shows it (XEP-0030 §8). */
export const STRICT_ACCOUNT: Profile = {
  identities: [{ category: "account", type: "registered" }],
  features: [...COMMON, ROSTER_NS],
};

/** The bare jid of a user. */
export const ACCOUNT: Profile = { ...STRICT_ACCOUNT, features: [...STRICT_ACCOUNT.features, ...BETWEEN_USERS] };

/** The service contact, whose presence tells desktops that events will come. */
export const CONTACT: Profile = {
  identities: [{ category: "client", type: "bot", name: "Deskwire" }],
  features: [...COMMON, CAPS_NS],
};

/** Renders the answer to disco#info; the node asked for is repeated (XEP-0030 §3.2). `form`: what else there is (XEP-0128). */
export function renderInfo({ identities, features }: Profile, node?: string, form = ""): string {
  const told = identities.map(
    ({ category, type, name, lang }) =>
      `<identity category="${escapeAttr(category)}" type="${escapeAttr(type)}"${optional("name", name)}${optional("xml:lang", lang)}/>`,
  );
  const able = features.map((feature) => `<feature var="${escapeAttr(feature)}"/>`);
  return `<query xmlns="${DISCO_INFO_NS}"${optional("node", node)}>${told.join("")}${able.join("")}${form}</query>`;
}

function optional(name: string, value: string | undefined): string {
  return value === undefined ? "" : ` ${name}="${escapeAttr(value)}"`;
}
