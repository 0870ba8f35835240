/**
 * Which way a frame went of which only the text is known: by what only one side may say.
 *
 * @module
 */

import type { Direction, RawFrame } from "../recording.ts";

const CLIENT = /^(?:auth|response|abort|authenticate|enable|resume|inactive|active)$/;
const SERVER = /^(?:features|challenge|success|failure|continue|enabled|resumed|failed|error)$/;

/** @param before the frames before it, with their directions */
export function guessedDirection(frame: string, before: readonly RawFrame[]): Direction {
  const [, name = ""] = /^(?:<\?[^>]*>\s*)?<(?:[\w.-]+:)?([\w.-]+)/.exec(frame) ?? [];
  const start = frame.slice(0, 2000).replace(/>[\s\S]*$/, "");
  const attribute = (key: string): string | undefined => new RegExp(`\\s${key}=["']([^"']*)`).exec(start)?.[1];
  if (CLIENT.test(name)) return "out";
  if (SERVER.test(name)) return "in";
  if (name === "open" || name === "stream") return attribute("id") === undefined ? "out" : "in";
  if (name === "body") return attribute("rid") === undefined ? "in" : "out";
  if (name === "iq") return iqDirection(attribute("type"), attribute("id") ?? "", before);
  if (name === "presence") return attribute("from") === undefined ? "out" : "in";
  if (name === "message") return attribute("from") === undefined ? "out" : "in";
  if (name === "close") return closeDirection(before.slice(-4));
  return opposite(before.at(-1)?.direction ?? "in");
}

/** The first to close is the client, unless an error of the server came before; the other answers. */
function closeDirection(before: readonly RawFrame[]): Direction {
  const close = before.findLast(({ text }) => text.startsWith("<close"));
  if (close) return opposite(close.direction);
  return before.some(({ direction, text }) => direction === "in" && text.startsWith("<stream:error")) ? "in" : "out";
}

const opposite = (direction: Direction): Direction => (direction === "out" ? "in" : "out");

/** Clients ask, mostly; an answer goes the other way of its question. */
function iqDirection(type: string | undefined, id: string, before: readonly RawFrame[]): Direction {
  if (type === "get" || type === "set") return "out";
  const question = before.slice(-200).findLast(({ text }) => text.startsWith("<iq") && text.slice(0, 500).includes(`"${id}"`));
  return question ? opposite(question.direction) : "in";
}
