/**
 * The client's `<open/>`, at first and after it has signed in (RFC 7395 §3.4, §3.7; RFC 6120 §4.3, §4.7).
 *
 * @module
 */

import { prepareDomain } from "../address/domain.ts";
import { bareJid } from "../address/jid.ts";
import { capsOf } from "../disco/caps.ts";
import { SERVER, STRICT_SERVER } from "../disco/info.ts";
import { renderFeatures } from "../stream/features.ts";
import { renderOpen } from "../stream/framing.ts";
import type { StreamError } from "../stream/stream_error.ts";
import type { Element } from "../xml/element.ts";
import type { Effect } from "./effects.ts";
import { failStream, OWN_LANG, OWN_VERSION } from "./ending.ts";
import { offeredMechanisms } from "./mechanisms.ts";
import { send, type Turn } from "./turn.ts";

/** Answers an `<open/>` with ours and, in a frame of their own, the features; or with the error that it deserves. */
export function openStream(turn: Turn, { attrs }: Element): Effect[] {
  const { stream, context } = turn;
  const restart = stream.phase === "restarting";
  const domain = hostOf(turn, attrs["to"]);
  const version = commonVersion(attrs["version"]);
  const asked = attrs["from"] === undefined ? undefined : bareJid(attrs["from"]);
  const error = problemOf(turn, { domain, version, asked, isMalformed: attrs["from"] !== undefined && asked === undefined });
  stream.id = context.newId(); // RFC 6120 §4.7.3: a new one after a restart as well
  stream.from = asked ?? "";
  stream.lang = langOf(attrs["xml:lang"]);
  stream.domain = domain ?? stream.domain;
  stream.phase = restart ? "binding" : "authenticating";
  const from = stream.domain || (context.settings.domains[0] ?? ""); // §4.9.1.3: one of ours, even so
  const opened = send(renderOpen({ from, to: asked, id: stream.id, lang: OWN_LANG, version }));
  if (error) return [opened, ...failStream(turn, { error })];
  const { profile, maxFrameBytes, idleSeconds } = context.settings;
  const isOpen = profile === "open";
  const caps = capsOf(isOpen ? SERVER : STRICT_SERVER);
  // XEP-0478 §4: limits may be told anew with each features; before the sign-in nothing comes near them.
  const limits = isOpen ? { maxBytes: maxFrameBytes, idleSeconds } : undefined;
  const features = restart
    ? { bind: true as const, management: isOpen, clientState: isOpen, roster: isOpen, limits, caps }
    : { mechanisms: offeredMechanisms(profile), caps };
  return [opened, send(renderFeatures(features))];
}

/** Which of our domains is meant; undefined: none. Who has signed in stays with the domain it did so at. */
function hostOf({ stream, context }: Turn, to: string | undefined): string | undefined {
  const domain = to === undefined ? undefined : prepareDomain(to);
  if (domain === undefined || !context.settings.domains.includes(domain)) return undefined;
  return stream.jid === "" || domain === stream.domain ? domain : undefined;
}

interface Opening {
  readonly domain: string | undefined;
  readonly version: string | undefined;
  readonly asked: string | undefined;
  readonly isMalformed: boolean;
}

/** The language the client speaks unless it says otherwise; what is no tag of RFC 5646 (§2.1, §4.4.1) is not remembered. */
function langOf(given = ""): string {
  return given.length <= 35 && /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/.test(given) ? given : OWN_LANG;
}

function problemOf({ stream }: Turn, { domain, version, asked, isMalformed }: Opening): StreamError | undefined {
  if (domain === undefined) return { condition: "host-unknown" }; // §4.9.3.6
  if (version !== OWN_VERSION) return { condition: "unsupported-version" }; // §4.9.3.25
  if (isMalformed) return { condition: "invalid-from" };
  if (stream.jid !== "" && asked !== undefined && asked !== stream.jid) return { condition: "invalid-from" }; // §4.9.3.9
  return undefined;
}

/** The lower of both versions, compared as whole numbers (§4.7.5); undefined where the client names none. */
function commonVersion(given: string | undefined): string | undefined {
  const found = /^(\d{1,9})\.(\d{1,9})$/.exec(given ?? "");
  if (!found) return undefined;
  return Number(found[1]) >= 1 ? OWN_VERSION : `0.${Number(found[2])}`;
}
