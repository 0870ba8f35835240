/**
 * What a node of a family is to its owners: configured by the family's table, and by nobody else (XEP-0060 §8).
 *
 * Deviates: its owners are the administrators, its publishers those of the role; affiliations of its own it has none, and
 * its items are not removed one by one: what it does not offer is refused as a feature that is not there. That a table
 * decides is what keeps a delivery free of questions.
 *
 * @module
 */

import { renderForm } from "../stanza/data_form.ts";
import { escapeAttr } from "../xml/serialize.ts";
import type { Family } from "./families.ts";
import { META_DATA } from "./namespaces.ts";
import { configForm, meets, MOST_PAYLOAD, NODE_FIELDS, type NodeConfig, STANDARD_CONFIG } from "./node_config.ts";
import { refuse, shapeRefusal } from "./node_items.ts";
import type { Decided, NodeRequest, Publication } from "./node_request.ts";
import { ownerAnswer } from "./node_subscriptions.ts";
import { type Refused, refused, unsupported } from "./refusals.ts";

/** A family as a configuration. */
export function configOf({ log, config }: Pick<Family, "log" | "config">): NodeConfig {
  return {
    ...STANDARD_CONFIG,
    accessModel: "whitelist",
    persistItems: log.class === "stored",
    maxItems: log.length,
    maxPayloadSize: MOST_PAYLOAD,
    notificationType: "normal",
    notifyDelete: false,
    notifyRetract: false,
    sendLastPublishedItem: "never",
    ...config,
  };
}

/** What anybody may know of a node of the family (§5.4); undefined: the family's configuration says nothing of it. */
export function familyMetaData(family: Family): string | undefined {
  const told = (["title", "description", "language", "type"] as const).flatMap((key) => {
    const value = family.config?.[key] ?? "";
    return value === "" ? [] : [{ name: NODE_FIELDS[key].name, type: NODE_FIELDS[key].type, values: [value] }];
  });
  return told.length === 0 ? undefined : renderForm({ type: "result", formType: META_DATA, fields: told });
}

const PUBLISHERS: ReadonlySet<string> = new Set(["publisher", "admin"]);

/** May this be published on it (§7.1.3)? Undefined: yes. */
export function familyPublishRefusal(family: Family, { role, publication }: { readonly role: string; readonly publication: Publication }): Refused | undefined {
  if (!PUBLISHERS.has(role)) return refused("may-not-publish"); // PE-7.1.3.1
  // A memory log hands on what it is given, by an id or without: the shape is that of a node with payloads.
  const wrong = shapeRefusal({ ...configOf(family), persistItems: true }, publication);
  if (wrong) return refused(wrong);
  return meets(configOf(family), publication.options) ? undefined : refused("precondition-not-met");
}

/** Answers what is asked of it beyond publishing, subscribing and reading. */
export function answerFamilyRequest(of: { readonly node: string; readonly family: Family; readonly role: string }, { request }: NodeRequest): Decided {
  const { node, family, role } = of;
  const isOwner = role === "admin";
  switch (request) {
    case "create":
      return refuse("node-exists");
    case "describe":
    case "item-names":
      return { payload: "", changes: [] };
    case "retract":
      if (!PUBLISHERS.has(role)) return refuse("may-not-retract");
      return family.log.class === "stored" ? without("delete-items") : refuse("not-persistent"); // PE-7.2.3.6, PE-7.2.3.5
    case "purge":
      if (!isOwner) return refuse("not-owner");
      return family.log.class === "stored" ? without("purge-nodes") : refuse("not-persistent"); // PE-8.5.3.1, PE-8.5.3.3
    case "configuration": {
      if (!isOwner) return refuse("not-owner");
      const form = renderForm(configForm(configOf(family), "form"));
      return { payload: ownerAnswer(`<configure node="${escapeAttr(node)}">${form}</configure>`), changes: [] };
    }
    case "delete":
      return refuse(isOwner ? "locked" : "not-owner");
    default:
      return isOwner ? without(NOT_OFFERED[request]) : refuse("not-owner");
  }
}

const without = (feature: string): Decided => ({ payload: "", refusal: unsupported(feature), changes: [] });

/** What a family's node does not offer to owners, by the names of the features. */
const NOT_OFFERED = {
  configure: "config-node", // PE-8.2.3.1
  authorize: "get-pending",
  "get-pending": "get-pending", // PE-8.7.3.2
  affiliations: "modify-affiliations", // PE-8.9.1.3
  "modify-affiliations": "modify-affiliations", // PE-8.9.2.3
  subscriptions: "manage-subscriptions", // PE-8.8.1.3
  "modify-subscriptions": "manage-subscriptions", // PE-8.8.2.3
} as const;
