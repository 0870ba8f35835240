/**
 * Affiliations and what each may do (XEP-0060 §4.1).
 *
 * @module
 */

/** By bare jid; who has none of its own has `none` (§4.1). */
export type Affiliation = "owner" | "publisher" | "publish-only" | "member" | "none" | "outcast";

export type Action = "subscribe" | "retrieve" | "publish" | "retract" | "purge" | "configure" | "delete";

/** `model`: the node's access or publish model decides; `own`: items that it published itself. */
export type Permission = "yes" | "no" | "own" | "model";

/**
 * The table of §4.1. Where it leaves something to the service: publishers neither purge nor retract what is another's. Who
 * has no affiliation retrieves and publishes as the node's models let it (§6.5.1, `publish_model`), and so does a member
 * publish, and who published an item of its own may take it back (§7.2.1).
 */
export const PERMISSIONS: Readonly<Record<Affiliation, Readonly<Record<Action, Permission>>>> = {
  owner: { subscribe: "yes", retrieve: "yes", publish: "yes", retract: "yes", purge: "yes", configure: "yes", delete: "yes" },
  publisher: { subscribe: "yes", retrieve: "yes", publish: "yes", retract: "own", purge: "no", configure: "no", delete: "no" },
  "publish-only": { subscribe: "no", retrieve: "no", publish: "yes", retract: "own", purge: "no", configure: "no", delete: "no" },
  member: { subscribe: "yes", retrieve: "yes", publish: "model", retract: "own", purge: "no", configure: "no", delete: "no" },
  none: { subscribe: "model", retrieve: "model", publish: "model", retract: "own", purge: "no", configure: "no", delete: "no" },
  outcast: { subscribe: "no", retrieve: "no", publish: "no", retract: "no", purge: "no", configure: "no", delete: "no" },
};

export const AFFILIATIONS = Object.keys(PERMISSIONS) as readonly Affiliation[];

/** Reads an affiliation; undefined: there is no such one. */
export function readAffiliation(text: string | undefined): Affiliation | undefined {
  return AFFILIATIONS.find((one) => one === text);
}
