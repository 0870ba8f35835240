/**
 * Configuration of a node: every field that is offered, and enforced (XEP-0060 §16.4.4).
 *
 * Not offered: what this service has no means for (transformations, collections, `purge_offline`).
 *
 * @module
 */

import type { DataForm, FormField } from "../stanza/data_form.ts";
import { choice, flag, jids, line, readFields, standardsOf, type ValuesOf, wholeNumber, words, writeFields } from "./declared_field.ts";
import { type Refused, refused } from "./refusals.ts";

export const NODE_CONFIG = "http://jabber.org/protocol/pubsub#node_config";

/** Bounds of what an owner may ask for. */
export const MOST_ITEMS = 10_000;
export const MOST_PAYLOAD = 60_000;
/** Seconds: ten years. */
export const MOST_SECONDS = 315_360_000;

export const NODE_FIELDS = {
  title: line("title", "A short name for the node"),
  description: line("description", "A description of the node"),
  language: line("language", "The default language of the node"),
  contact: jids("contact", "Whom to ask about the node"),
  type: line("type", "Namespace of the payloads; empty: any"),
  nodeType: choice("node_type", "Whether the node holds items or other nodes", ["leaf"]),
  accessModel: choice("access_model", "Who may subscribe and retrieve items", ["open", "presence", "roster", "authorize", "whitelist"]),
  rosterGroups: words("roster_groups_allowed", "Groups that may subscribe where the access model is roster"),
  publishModel: choice("publish_model", "Who may publish", ["publishers", "subscribers", "open"]),
  subscribe: flag("subscribe", "Whether to allow subscriptions", true),
  persistItems: flag("persist_items", "Whether to keep items", true),
  maxItems: wholeNumber("max_items", "How many items are kept at most", { standard: 100, min: 1, most: MOST_ITEMS }),
  itemExpire: wholeNumber("item_expire", "Seconds after which items are gone", { standard: MOST_SECONDS, min: 1, most: MOST_SECONDS }),
  publishNodeFull: choice("publish_node_full", "What becomes of an item that a full node has no room for", ["retract-oldest", "discard-oldest", "reject"]),
  maxPayloadSize: wholeNumber("max_payload_size", "Most characters of a payload", { standard: MOST_PAYLOAD, min: 1, most: MOST_PAYLOAD }),
  deliverNotifications: flag("deliver_notifications", "Whether to tell of events", true),
  deliverPayloads: flag("deliver_payloads", "Whether to tell payloads with them", true),
  notificationType: choice("notification_type", "Type of the messages that tell of events", ["headline", "normal"]),
  notifyConfig: flag("notify_config", "Whether to tell subscribers of a new configuration", false),
  notifyDelete: flag("notify_delete", "Whether to tell subscribers that the node was deleted", true),
  notifyRetract: flag("notify_retract", "Whether to tell subscribers of items that were removed", true),
  notifySub: flag("notify_sub", "Whether to tell owners of new subscribers and of those who leave", false),
  sendLastPublishedItem: choice("send_last_published_item", "When to send the last item", ["on_sub_and_presence", "on_sub", "never"]),
  presenceBasedDelivery: flag("presence_based_delivery", "Whether to tell of events to available users only", true, true),
  tempsub: flag("tempsub", "Whether subscriptions end when the subscriber goes offline", false),
  itemReply: choice("itemreply", "Whom replies to an item should go to", ["none", "owner", "publisher"]),
} as const;

export type NodeConfig = ValuesOf<typeof NODE_FIELDS>;

/** What a node has that nobody configured. */
export const STANDARD_CONFIG: NodeConfig = standardsOf(NODE_FIELDS);

/** Reads a configuration that was submitted, over the one that stands (§8.2.4, §8.2.5.2, §8.1.2). */
export function readConfig(fields: readonly FormField[], standing: NodeConfig): { readonly config: NodeConfig } | Refused {
  const read = readFields(NODE_FIELDS, fields, standing);
  if (!("wrong" in read)) return { config: read.values };
  return refused(read.wrong === "accessModel" ? "access-model-unsupported" : "config-impossible");
}

/** The form of a configuration (§8.2.1). `groups`: those that can be allowed. */
export function configForm(config: NodeConfig, type: DataForm["type"], groups: readonly string[] = []): DataForm {
  const fields = writeFields(NODE_FIELDS, config, type).map((field) =>
    type === "form" && field.name === NODE_FIELDS.rosterGroups.name ? { ...field, options: groups } : field,
  );
  return { type, formType: NODE_CONFIG, fields };
}

/** Is each option true of the configuration? A field that is none of it never is (§7.1.5). */
export function meets(config: NodeConfig, options: readonly FormField[]): boolean {
  return options.every(({ name, values }) => {
    const key = keyOf(name);
    const wanted = key && NODE_FIELDS[key].read(values);
    return key !== undefined && wanted !== undefined && JSON.stringify(wanted) === JSON.stringify(config[key]);
  });
}

/** Can a node be made that is so? */
export function canBeMet(options: readonly FormField[]): boolean {
  return options.every(({ name, values }) => {
    const key = keyOf(name);
    return key !== undefined && NODE_FIELDS[key].read(values) !== undefined;
  });
}

function keyOf(name: string): keyof NodeConfig | undefined {
  return (Object.keys(NODE_FIELDS) as (keyof NodeConfig)[]).find((key) => NODE_FIELDS[key].name === name);
}
