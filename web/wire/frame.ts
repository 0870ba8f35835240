/**
 * One frame of the wire as the page keeps it: masked, timed, and sorted into a step of the connection.
 *
 * @module
 */

/** Steps of a connection in their order, then what follows them: an upgrade, or where that does not get through, posted requests. */
export const STEPS = ["get", "switch", "post", "open", "auth", "bind", "resume", "presence", "subscribe-user", "subscribe-team"] as const;

export type Step = (typeof STEPS)[number];
export type Place = Step | "live" | "end";

export type Direction = "out" | "in";

/** What a frame is called, by a key of the translations. */
export type FrameName =
  | "open-request"
  | "open-response"
  | "features"
  | "auth-request"
  | "auth-exchange"
  | "auth-success"
  | "auth-failure"
  | "bind-request"
  | "bind-response"
  | "session-request"
  | "session-response"
  | "resume-request"
  | "resume-response"
  | "resume-failure"
  | "items-request"
  | "items-response"
  | "acknowledgement"
  | "presence-request"
  | "presence-response"
  | "subscribe-user-request"
  | "subscribe-user-response"
  | "find-teams-request"
  | "find-teams-response"
  | "subscribe-team-request"
  | "subscribe-team-response"
  | "refused"
  | "event"
  | "ping"
  | "pong"
  | "presence"
  | "close"
  | "stream-error"
  | "other";

export interface Frame {
  /** Counts from 1, never reused. */
  readonly id: number;
  /** Which connection of this page it belongs to, from 1. */
  readonly connection: number;
  readonly direction: Direction;
  /** Unix milliseconds. */
  readonly at: number;
  /** Size on the wire in bytes of UTF-8, before masking. */
  readonly bytes: number;
  /** Masked. */
  readonly text: string;
  readonly place: Place;
  readonly name: FrameName;
  /** What it is about: the node of an event, the condition of an error. */
  readonly about: string;
}
