/**
 * Every request that a created node answers, by its name (XEP-0060 §5, §7, §8).
 *
 * @module
 */

import { type DataForm, renderForm } from "../stanza/data_form.ts";
import { META_DATA } from "./namespaces.ts";
import { NODE_FIELDS } from "./node_config.ts";
import type { NodeContext, PubsubNode } from "./node.ts";
import { expire, purge, refuse, retract } from "./node_items.ts";
import { affiliations, configuration, configure, modifyAffiliations, remove } from "./node_owner.ts";
import type { Asker, Decided, NodeRequest } from "./node_request.ts";
import { authorize, getPending, listSubscriptions, modifySubscriptions } from "./node_subscriptions.ts";

type Kind = Exclude<NodeRequest["request"], "create">;
type Answerer<K extends Kind> = (node: PubsubNode, asker: Asker, request: Extract<NodeRequest, { request: K }>, context: NodeContext) => Decided;

const ANSWERERS: { readonly [K in Kind]: Answerer<K> } = {
  affiliations,
  authorize,
  configuration: (node, asker, _, context) => configuration(node, asker, context),
  configure,
  delete: remove,
  describe,
  "get-pending": (node, asker, _, context) => getPending(node, asker, context),
  "item-names": itemNames,
  "modify-affiliations": modifyAffiliations,
  "modify-subscriptions": modifySubscriptions,
  purge: (node, asker) => purge(node, asker),
  retract,
  subscriptions: listSubscriptions,
};

/** Answers a request, and tells what follows from it. */
export function answerNodeRequest<K extends Kind>(
  node: PubsubNode,
  asker: Asker,
  request: Extract<NodeRequest, { request: K }>,
  context: NodeContext,
): Decided {
  return (ANSWERERS[(request as NodeRequest).request as K] as Answerer<K>)(node, asker, request, context);
}

/** What whoever may know of the node may know of it (§5.4); to others it is not there (PS-022). */
function describe(node: PubsubNode, asker: Asker): Decided {
  if (!node.isKnownTo(asker)) return refuse("no-node");
  const { config, record, owners } = node;
  const publishers = [...node.affiliated("publisher"), ...node.affiliated("publish-only")];
  const form: DataForm = {
    type: "result",
    formType: META_DATA,
    fields: [
      { name: "pubsub#creator", type: "jid-single", values: [record.creator] },
      { name: "pubsub#creation_date", type: "text-single", values: [new Date(record.createdAt).toISOString()] },
      { name: "pubsub#owner", type: "jid-multi", values: owners },
      { name: "pubsub#publisher", type: "jid-multi", values: publishers },
      { name: "pubsub#num_subscribers", type: "text-single", values: [String(node.subscribed.size)] },
      ...(["title", "description", "language", "contact", "type", "accessModel", "publishModel", "maxItems"] as const)
        .map((key) => ({ name: NODE_FIELDS[key].name, type: NODE_FIELDS[key].type, values: [config[key]].flat().map(String) }))
        .filter(({ values }) => values.some((value) => value !== "")),
    ],
  };
  return { payload: renderForm(form), changes: [] };
}

/** Ids of the items, one a line, for whom they may be told (§5.5). */
function itemNames(node: PubsubNode, asker: Asker, _: unknown, context: NodeContext): Decided {
  if (!node.isKnownTo(asker)) return refuse("no-node");
  expire(node, context.now);
  return { payload: node.retrievalRefusal(asker, context) ? "" : JSON.stringify(node.shelf.ids(MOST_NAMES)), changes: [] };
}

const MOST_NAMES = 1000;
