/**
 * Binding a resource, after which stanzas may flow (RFC 6120 §7).
 *
 * @module
 */

import { prepareResource } from "../address/jid.ts";
import { CLIENT_NS, iqError, iqResult } from "../stanza/stanza.ts";
import { type StanzaError, stanzaError } from "../stanza/stanza_error.ts";
import { child, childrenOf, type Element, textOf } from "../xml/element.ts";
import { escapeText } from "../xml/serialize.ts";
import { type Addressee, addresseeOf } from "./addressee.ts";
import type { Effect } from "./effects.ts";
import { failStream } from "./ending.ts";
import { type Answered, fullJid, send, type Turn } from "./turn.ts";

/** Whom a request to bind may be addressed to. */
const OF_SERVER: ReadonlySet<Addressee> = new Set(["account", "domain"]);

export const BIND_NS = "urn:ietf:params:xml:ns:xmpp-bind";

/** An IQ before a resource is bound: to bind one is all that it may ask for (§7.1). */
export function bindResource(turn: Turn, iq: Element): Effect[] {
  const { type, id, to } = iq.attrs;
  if (type === "result" || type === "error") return []; // §8.2.3: never answered
  const [bind, ...more] = childrenOf(iq);
  const isOfServer = OF_SERVER.has(addresseeOf(turn, to)); // RFC 6120 §4.3.5: nobody else is spoken to before a resource is bound
  if (bind?.name !== "bind" || bind.ns !== BIND_NS || !isOfServer) return failStream(turn, { error: { condition: "not-authorized" } });
  if (type !== "set" || !id || more.length > 0) return refuseBind(turn, { id, error: stanzaError("bad-request") });
  const named = child(bind, "resource");
  const asked = named ? textOf(named) : "";
  const resource = asked === "" ? null : prepareResource(asked);
  if (resource === undefined) return refuseBind(turn, { id, error: stanzaError("bad-request") }); // §7.7.2.1
  return [{ effect: "bind", id, resource }];
}

/** The shell has bound it, or was refused. A resource that is taken is never refused: the old stream ends (§7.7.2.2). */
export function bindAnswered(turn: Turn, { ask, answer }: Answered<"bind">): Effect[] {
  const { stream } = turn;
  if ("refused" in answer) return refuseBind(turn, { id: ask.id, error: answer.refused });
  stream.storedKey = "";
  stream.resource = answer.resource;
  stream.role = answer.role;
  stream.userId = answer.userId;
  stream.phase = "bound";
  return [send(iqResult({ id: ask.id }, `<bind xmlns="${BIND_NS}"><jid>${escapeText(fullJid(stream))}</jid></bind>`))];
}

/** Refuses one attempt; the stream ends with the last that is allowed (§7.7.3). */
function refuseBind(turn: Turn, { id, error }: { readonly id: string | undefined; readonly error: StanzaError }): Effect[] {
  const { stream, context } = turn;
  const request: Element = { name: "iq", ns: CLIENT_NS, attrs: id === undefined ? {} : { id }, children: [] };
  const refused = send(iqError(request, {}, error));
  if (++stream.bindAttempts < context.settings.maxBindAttempts) return [refused];
  return [refused, ...failStream(turn, { error: { condition: "policy-violation", text: "Too many failed binds" } })];
}
