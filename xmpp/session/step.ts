/**
 * The stream, one event at a time: what it says and asks, by the phase it stands in (RFC 6120 §4, RFC 7395 §3).
 *
 * Changes the one record and answers effects, in the order in which to perform them. Never throws, whatever comes.
 *
 * @module
 */

import { SASL_NS } from "../sasl/failure.ts";
import { CLIENT_NS } from "../stanza/stanza.ts";
import { FRAMING_NS } from "../stream/framing.ts";
import { SM_NS } from "../stream/management.ts";
import { type StreamError, STREAMS_NS } from "../stream/stream_error.ts";
import type { Element } from "../xml/element.ts";
import { parseFrame } from "../xml/parse.ts";
import { takeAnswer } from "./answers.ts";
import { bindResource } from "./binding.ts";
import type { Effect, StepContext, StreamEvent } from "./effects.ts";
import { becomeActive, becomeInactive, CSI_NS } from "./client_state.ts";
import { closeAnswered, closeByClient, errorByClient, expired, failStream, socketClosed } from "./ending.ts";
import { takeIq } from "./iq.ts";
import { acknowledge, beforeBind, count, enable, reportHandled, resume, resumeBound, takePlain } from "./management.ts";
import { takeMessage } from "./message.ts";
import { openStream } from "./opening.ts";
import { takePresence } from "./presence.ts";
import { abortAttempt, beginAttempt, continueAttempt } from "./sign_in.ts";
import type { Phase, Stream } from "./stream.ts";
import type { Turn } from "./turn.ts";

type Taker = (turn: Turn, element: Element) => Effect[];

const OPEN = `{${FRAMING_NS}}open`;
const CLOSE = `{${FRAMING_NS}}close`;
const IQ = `{${CLIENT_NS}}iq`;

/** What is legal in each phase; a missing cell is a stream error. */
const LEGAL: Readonly<Record<Exclude<Phase, "closing" | "closed">, Readonly<Record<string, Taker>>>> = {
  opening: { [OPEN]: openStream, [CLOSE]: closeByClient },
  authenticating: {
    [`{${SASL_NS}}auth`]: beginAttempt,
    [`{${SASL_NS}}response`]: continueAttempt,
    [`{${SASL_NS}}abort`]: abortAttempt,
    [CLOSE]: closeByClient,
  },
  restarting: { [OPEN]: openStream, [CLOSE]: closeByClient },
  binding: { [IQ]: bindResource, [`{${SM_NS}}resume`]: resume, [`{${SM_NS}}enable`]: beforeBind, [CLOSE]: closeByClient },
  bound: {
    [IQ]: takeIq,
    [`{${CLIENT_NS}}presence`]: takePresence,
    [`{${CLIENT_NS}}message`]: takeMessage,
    [`{${SM_NS}}enable`]: enable,
    [`{${SM_NS}}r`]: reportHandled,
    [`{${SM_NS}}a`]: acknowledge,
    [`{${SM_NS}}resume`]: resumeBound,
    [`{${CSI_NS}}active`]: becomeActive,
    [`{${CSI_NS}}inactive`]: becomeInactive,
    [CLOSE]: closeByClient,
  },
};

/** First-level names with the namespace that each belongs to: in any other it is in the wrong one (RFC 6120 §4.9.3.10). */
const BELONGS: ReadonlyMap<string, string> = new Map([
  ["open", FRAMING_NS],
  ["close", FRAMING_NS],
  ["stream", FRAMING_NS], // RFC 7395 §3.3.2: no `<stream:stream>` here
  ["auth", SASL_NS],
  ["response", SASL_NS],
  ["abort", SASL_NS],
  ["iq", CLIENT_NS],
  ["message", CLIENT_NS],
  ["presence", CLIENT_NS],
  ["error", STREAMS_NS],
  ["enable", SM_NS],
  ["resume", SM_NS],
  ["r", SM_NS],
  ["a", SM_NS],
  ["active", CSI_NS],
  ["inactive", CSI_NS],
]);

/** Steps a stream by one event. */
export function step(stream: Stream, event: StreamEvent, context: StepContext): Effect[] {
  const turn: Turn = { stream, context };
  if (stream.phase === "closed") return [];
  switch (event.event) {
    case "frame":
      return takeFrame(turn, event.text);
    case "answered":
      return takeAnswer(turn, event);
    case "role":
      stream.role = event.role;
      return [];
    case "socketClosed":
      return socketClosed(turn);
    case "expired":
      return expired(turn);
    case "binary":
      return stream.phase === "closing" ? [] : failStream(turn, { error: BINARY, code: 1003 });
    case "fail":
      return stream.phase === "closing" ? [] : failStream(turn, event);
  }
}

const BINARY: StreamError = { condition: "bad-format", text: "Only text messages are read" }; // RFC 7395 §3.2
const TOO_BIG: StreamError = { condition: "policy-violation", specific: { name: "stanza-too-big", ns: "urn:xmpp:errors" } };
const TOO_MANY: StreamError = { condition: "policy-violation", specific: { name: "too-many-frames-before-sign-in", ns: "urn:deskwire:errors" } };

function takeFrame(turn: Turn, text: string): Effect[] {
  const {
    stream,
    context: {
      settings: { maxDepth, maxFrameBytes, maxFramesBeforeBind },
    },
  } = turn;
  const { phase } = stream;
  const tooBig = isLonger(text, maxFrameBytes);
  if (phase === "closing" || phase === "closed") return tooBig ? [] : takeLast(turn, text);
  if (tooBig) return failStream(turn, { error: TOO_BIG });
  if (phase !== "bound" && ++stream.framesBeforeBind > maxFramesBeforeBind) return failStream(turn, { error: TOO_MANY });
  const plain = phase === "bound" ? takePlain(turn, text) : undefined;
  if (plain) return plain;
  const { element, error } = parseFrame(text, { maxDepth });
  if (error) return failStream(turn, { error });
  count(stream, element);
  const take = LEGAL[phase][`{${element.ns}}${element.name}`];
  return take ? take(turn, element) : misplaced(turn, element);
}

/** After our `<close/>` only the client's is awaited (RFC 6120 §4.4). */
function takeLast(turn: Turn, text: string): Effect[] {
  const { element } = parseFrame(text, { maxDepth: turn.context.settings.maxDepth });
  return element?.ns === FRAMING_NS && element.name === "close" ? closeAnswered(turn) : [];
}

/** An element that the phase has no place for. */
function misplaced(turn: Turn, { name, ns }: Element): Effect[] {
  const rightful = BELONGS.get(name);
  if (ns === STREAMS_NS && name === "error") return errorByClient(turn);
  if (rightful !== undefined && rightful !== ns) return failStream(turn, { error: { condition: "invalid-namespace" } });
  if (rightful === CLIENT_NS || (rightful === SM_NS && turn.stream.jid === "")) return failStream(turn, { error: { condition: "not-authorized" } }); // §4.9.3.12
  return failStream(turn, { error: { condition: "unsupported-stanza-type" } }); // §4.9.3.24
}

/** Is the text longer than so many bytes of UTF-8? Counted only where its length does not say already. */
function isLonger(text: string, bytes: number): boolean {
  if (text.length > bytes) return true;
  if (text.length * 3 <= bytes) return false;
  let count = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // Each half of a surrogate pair stands for two of its four bytes.
    if (unit >= 0x80) count += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return count > bytes;
}
