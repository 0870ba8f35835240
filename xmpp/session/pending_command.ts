/**
 * The command by which owners are asked anew for the approvals that they still have to give (XEP-0060 §8.7, XEP-0050).
 *
 * First the nodes of the owner are told; the form that comes back names one of them.
 *
 * @module
 */

import { COMMANDS_NS, GET_PENDING, SUBSCRIBE_AUTHORIZATION } from "../pubsub/namespaces.ts";
import { formIn, readForm, renderForm } from "../stanza/data_form.ts";
import { attributes } from "../stanza/stanza.ts";
import { stanzaError } from "../stanza/stanza_error.ts";
import { nodeName } from "../address/node_name.ts";
import type { Effect } from "./effects.ts";
import { answer, refuse, type Request } from "./request.ts";
import type { Turn } from "./turn.ts";

const NO_COMMAND = stanzaError("item-not-found"); // XEP-0050 §4.4

/** Writes what a command has come to. */
export function renderCommand(of: { readonly session: string; readonly status: "canceled" | "completed" | "executing"; readonly form?: string }): string {
  const attrs = attributes({ node: GET_PENDING, sessionid: of.session, status: of.status });
  return of.form === undefined ? `<command xmlns="${COMMANDS_NS}"${attrs}/>` : `<command xmlns="${COMMANDS_NS}"${attrs}>${of.form}</command>`;
}

/** Takes a command to the service. */
export function pendingCommand(turn: Turn, { iq, id, payload: command }: Request): Effect[] {
  const { node, action = "execute", sessionid = turn.context.newId() } = command.attrs;
  if (node !== GET_PENDING) return refuse(turn, { iq, error: NO_COMMAND });
  if (action === "cancel") return answer(turn, { iq, id, payload: renderCommand({ session: sessionid, status: "canceled" }) });
  const x = formIn(command);
  const form = x && readForm(x);
  if (!form) return [{ effect: "listAffiliations", id, node: null, command: sessionid }];
  const named = nodeName(form.fields.find(({ name }) => name === "pubsub#node")?.values[0] ?? "");
  if (named === undefined) return refuse(turn, { iq, error: stanzaError("bad-request") });
  return [{ effect: "askNode", id, node: named, request: { request: "get-pending" }, command: sessionid }];
}

/** Which of the nodes it shall be (§8.7.1). */
export function pendingForm(session: string, nodes: readonly string[]): string {
  const fields = [{ name: "pubsub#node", type: "list-single" as const, label: "The node", values: [], options: nodes }];
  return renderCommand({ session, status: "executing", form: renderForm({ type: "form", formType: SUBSCRIBE_AUTHORIZATION, fields }) });
}
