/**
 * Reading what is asked of a node and by its owners (XEP-0060 §7.2, §8).
 *
 * @module
 */

import { type DataForm, formIn, readBoolean, readForm } from "../stanza/data_form.ts";
import { stanzaError } from "../stanza/stanza_error.ts";
import { childrenOf, type Element } from "../xml/element.ts";
import { PUBSUB_NS } from "./namespaces.ts";
import { NODE_CONFIG } from "./node_config.ts";
import type { NodeRequest, Submitted } from "./node_request.ts";
import { readResultSet } from "./result_set.ts";
import { type Refused, refused } from "./refusals.ts";

/** One operation, and what stands behind it in the request. */
export interface Operation {
  readonly operation: Element;
  readonly rest: readonly Element[];
}

type Read = NodeRequest | Refused;

/** `<create/>`, and the configuration behind it (§8.1.3). */
export function readCreate({ rest }: Operation): Read {
  const [configure, ...more] = rest;
  if (more.length > 0 || (configure && (configure.name !== "configure" || configure.ns !== PUBSUB_NS))) return refused("malformed");
  if (!configure || childrenOf(configure).length === 0) return { request: "create", config: [] };
  if (configure.attrs["node"] !== undefined) return refused("malformed"); // §8.1.3
  const form = readSubmitted(configure, NODE_CONFIG);
  if (!form || form.type === "cancel") return refused("malformed");
  return { request: "create", config: form.fields };
}

/** The form inside, as far as it is of this kind; undefined: it is not. */
export function readSubmitted(element: Element, formType: string): Submitted | undefined {
  const x = formIn(element);
  const form: DataForm | undefined = x && readForm(x);
  if (form?.type === "cancel") return { type: "cancel" };
  if (form?.type !== "submit" || (form.formType !== null && form.formType !== formType)) return undefined;
  return { type: "submit", fields: form.fields };
}

export function readConfigure({ operation }: Operation): Read {
  const form = readSubmitted(operation, NODE_CONFIG);
  return form ? { request: "configure", form } : refused("malformed");
}

/** `<delete/>`, with where the node is instead (§8.4.1). */
export function readDelete({ operation }: Operation): Read {
  const redirect = childrenOf(operation).find(({ name }) => name === "redirect");
  return { request: "delete", redirect: redirect?.attrs["uri"] || null };
}

/** `<retract/>` of one item (§7.2.1). */
export function readRetract({ operation }: Operation): Read {
  const [item, ...more] = childrenOf(operation);
  if (item?.name !== "item" || !item.attrs["id"]) return refused("item-required"); // §7.2.3.4
  const given = operation.attrs["notify"];
  const notify = given === undefined ? null : readBoolean(given);
  if (more.length > 0 || notify === undefined) return refused("malformed");
  return { request: "retract", itemId: item.attrs["id"], notify };
}

/** A list that owners ask for, or a page of it (XEP-0059). */
export function readOwnerList(request: "affiliations" | "subscriptions"): (of: Operation) => Read {
  return ({ rest }) => {
    const page = readResultSet(rest);
    if (page === "feature-not-implemented") return { refusal: stanzaError(page) };
    return page === "bad-request" ? refused("malformed") : { request, page };
  };
}

export function readAffiliations({ operation }: Operation): Read {
  const entries = childrenOf(operation).flatMap(({ name, attrs: { jid, affiliation } }) =>
    name === "affiliation" && jid && affiliation ? [{ jid, affiliation }] : [],
  );
  return entries.length === 0 || entries.length < childrenOf(operation).length ? refused("malformed") : { request: "modify-affiliations", entries };
}

/** An entry without a state changes nothing (PS-089). */
export function readSubscriptions({ operation }: Operation): Read {
  const all = childrenOf(operation);
  const isWhole = all.every(({ name, attrs }) => name === "subscription" && attrs["jid"]);
  if (all.length === 0 || !isWhole) return refused("malformed");
  const entries = all
    .filter(({ attrs }) => attrs["subscription"] !== undefined)
    .map(({ attrs }) => ({ jid: attrs["jid"] ?? "", subid: attrs["subid"] || null, subscription: attrs["subscription"] ?? "" }));
  return { request: "modify-subscriptions", entries };
}
