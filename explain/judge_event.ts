/**
 * What is wrong with an event: a payload that is escaped once too often, a stamp that lies in the future (XEP-0060 §7.1.2).
 *
 * @module
 */

import { child, childrenOf, type Element, PUBSUB_EVENT_NS, textOf } from "../xmpp/mod.ts";
import type { Judged } from "./judge_frames.ts";
import { SKEW_SECONDS } from "./judge_upgrade.ts";

const DELAY_NS = "urn:xmpp:delay";
/** When a user's state changed, as Finesse writes it into its payload. */
const CHANGED = /<stateChangeTime>([^<]{10,40})</;

export function judgeEvent({ course, frame, element }: Judged): void {
  course.events++;
  const items = childrenOf(child(element, "event", PUBSUB_EVENT_NS) ?? element)[0];
  const node = items?.attrs["node"] ?? "";
  const payload = items ? payloadOf(items) : "";
  // What is XML once unescaped begins with "<"; only what is escaped once more begins like this.
  if (/^\s*&(?:amp;)*(?:lt|#0*60|#x0*3c);/i.test(payload)) course.fault("payload-escaped-twice", frame, { node });
  judgeStamp({ course, frame, element }, CHANGED.exec(payload)?.[1]);
}

/** Judges when a stanza says that it was sent (XEP-0203), or else what is told of it. */
export function judgeStamp({ course, frame, element }: Pick<Judged, "course" | "frame" | "element">, told?: string): void {
  const seconds = secondsAhead(child(element, "delay", DELAY_NS)?.attrs["stamp"] ?? told, frame.at);
  if (seconds !== undefined && !course.has("clock-skew")) course.fault("clock-skew", frame, { seconds, by: "stamp" });
}

/** What has happened cannot lie in the future: such a clock is ahead. */
function secondsAhead(stamp: string | undefined, at: number | null): number | undefined {
  if (stamp === undefined || at === null) return undefined;
  const seconds = Math.round((Date.parse(stamp) - at) / 1000);
  return seconds >= SKEW_SECONDS ? seconds : undefined;
}

function payloadOf(items: Element): string {
  const item = childrenOf(items).find(({ name }) => name === "item");
  const payload = item && childrenOf(item)[0];
  return payload ? textOf(payload) : "";
}
