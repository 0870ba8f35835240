/**
 * Where the desk page shows a frame: under one of its headings, in the order of the article, or among the live ones.
 *
 * @module
 */

import type { ExplainedFrame, Step as ExplainedStep } from "../../explain/mod.ts";

/** Headings of a connection in their order: an upgrade, or where that does not get through, posted requests, and what follows. */
export const STEPS = ["get", "switch", "post", "open", "auth", "bind", "resume", "presence", "subscribe-user", "subscribe-team"] as const;

export type Step = (typeof STEPS)[number];
/** What stands under no heading is live, and the end of a connection with it. */
export type Place = Step | "live" | "end";

/** A frame where the page shows it. */
export interface Placed {
  readonly frame: ExplainedFrame;
  readonly place: Place;
}

const PLACES: Partial<Record<ExplainedStep, Place>> = {
  open: "open",
  features: "open",
  auth: "auth",
  restart: "bind",
  bind: "bind",
  session: "bind",
  resume: "resume",
  presence: "presence",
  "service-contact": "presence",
  "subscribe-user": "subscribe-user",
  "subscribe-team": "subscribe-team",
  close: "end",
};

/** Puts the frames of one connection into their places; given each once, in order. */
export class Placer {
  #isAuthenticated = false;
  #isSubscribing = false;

  place(frame: ExplainedFrame): Placed {
    const place = this.#placeOf(frame);
    if (frame.kind === "auth-success") this.#isAuthenticated = true;
    this.#isSubscribing ||= place === "subscribe-user" || place === "subscribe-team";
    return { frame, place };
  }

  #placeOf(frame: ExplainedFrame): Place {
    // Asking which nodes there are is how the page finds the teams to subscribe to.
    if (frame.kind.startsWith("disco-") && frame.text.includes("disco#items")) return "subscribe-user";
    const place = PLACES[frame.step] ?? "live";
    if (place === "open" && this.#isAuthenticated) return "bind";
    // After the sign-in who comes and goes is news.
    if (place === "presence" && (this.#isSubscribing || frame.kind === "presence-unavailable")) return "live";
    return place;
  }
}
