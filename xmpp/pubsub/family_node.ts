/**
 * What a node of a family is to its owners: configured by the family's table, and by nobody else (XEP-0060 §8).
 *
 * Deviates: its owners are the administrators, its publishers those of the role; affiliations of its own it has none, and
 * its items are not removed one by one. That a table decides is what keeps a delivery free of questions.
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
import { type Refused, refused } from "./refusals.ts";

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
      return refuse(family.log.class === "stored" ? "locked" : "not-persistent");
    case "purge":
      if (!isOwner) return refuse("not-owner");
      return refuse(family.log.class === "stored" ? "locked" : "not-persistent");
    case "configuration": {
      if (!isOwner) return refuse("not-owner");
      const form = renderForm(configForm(configOf(family), "form"));
      return { payload: ownerAnswer(`<configure node="${escapeAttr(node)}">${form}</configure>`), changes: [] };
    }
    default:
      return refuse(isOwner ? "locked" : "not-owner"); // PE-8.2.3.4
  }
}
