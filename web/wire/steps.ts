/**
 * Sorts frames into the steps of a connection, in the order of the desktop's sign-in (RFC 7395, RFC 6120 §6 and §7).
 *
 * Pure: the sorter of a connection is given each frame once, in order. It reads the start of a frame with patterns rather
 * than a parser, since it sees every frame there is.
 *
 * @module
 */

import type { Direction, FrameName, Place } from "./frame.ts";

export interface Sorted {
  readonly place: Place;
  readonly name: FrameName;
  readonly about: string;
}

type Pair = readonly [place: Place, request: FrameName, response: FrameName];

/** Requests by what they hold, and what their answers are called. The first that fits decides. */
const REQUESTS: readonly (readonly [holds: RegExp, pair: Pair])[] = [
  [/<bind[\s>]/, ["bind", "bind-request", "bind-response"]],
  [/<session[\s>/]/, ["bind", "session-request", "session-response"]],
  [/<subscribe\s[^>]*node=["']\/finesse\/api\/User\//, ["subscribe-user", "subscribe-user-request", "subscribe-user-response"]],
  [/<subscribe\s[^>]*node=["']\/finesse\/api\/Team\//, ["subscribe-team", "subscribe-team-request", "subscribe-team-response"]],
  [/<items\s/, ["live", "items-request", "items-response"]],
  [/disco#items/, ["subscribe-user", "find-teams-request", "find-teams-response"]],
  [/urn:xmpp:ping/, ["live", "ping", "pong"]],
];

const SASL: Readonly<Record<string, FrameName>> = {
  auth: "auth-request",
  challenge: "auth-exchange",
  response: "auth-exchange",
  success: "auth-success",
  failure: "auth-failure",
};

/** Stream management (XEP-0198). */
const MANAGEMENT: Readonly<Record<string, readonly [Place, FrameName]>> = {
  resume: ["resume", "resume-request"],
  resumed: ["resume", "resume-response"],
  failed: ["resume", "resume-failure"],
  enable: ["live", "acknowledgement"],
  enabled: ["live", "acknowledgement"],
  r: ["live", "acknowledgement"],
  a: ["live", "acknowledgement"],
};

/** The sorter of one connection. */
export class Sorter {
  /** Requests under way: id → what they are. Both sides may ask. */
  readonly #asked = new Map<string, Pair>();
  #isAuthenticated = false;
  #isSubscribing = false;

  sort(text: string, direction: Direction): Sorted {
    const name = /^<([\w:.-]+)/.exec(text)?.[1] ?? "";
    if (name === "open") return this.#opening(direction === "out" ? "open-request" : "open-response");
    if (name === "stream:features" || name === "features") return this.#opening("features");
    if (Object.hasOwn(SASL, name)) return this.#sasl(name, text);
    if (Object.hasOwn(MANAGEMENT, name) && text.includes("urn:xmpp:sm:3")) return this.#management(name, text);
    if (name === "presence") return this.#presence(direction, text);
    if (name === "iq") return this.#iq(text);
    if (name === "message") return { place: "live", name: text.includes("pubsub#event") ? "event" : "other", about: aboutEvent(text) };
    if (name === "close") return { place: "end", name: "close", about: "" };
    if (name === "stream:error" || name === "error") return { place: "end", name: "stream-error", about: conditionOf(text) };
    return { place: "live", name: "other", about: name };
  }

  #opening(name: FrameName): Sorted {
    return { place: this.#isAuthenticated ? "bind" : "open", name, about: "" };
  }

  #sasl(name: string, text: string): Sorted {
    if (name === "success") this.#isAuthenticated = true;
    const about = name === "auth" ? (attribute(text, "mechanism") ?? "") : name === "failure" ? conditionOf(text) : "";
    return { place: "auth", name: SASL[name] as FrameName, about };
  }

  #management(name: string, text: string): Sorted {
    const [place, frame] = MANAGEMENT[name] as readonly [Place, FrameName];
    const count = attribute(text, "h");
    return { place, name: frame, about: [name, count !== undefined && `h=${count}`].filter(Boolean).join(" ") };
  }

  #presence(direction: Direction, text: string): Sorted {
    const about = attribute(text, "from")?.split("@", 1)[0] ?? "";
    const type = attribute(text, "type");
    if (this.#isSubscribing || type === "unavailable") return { place: "live", name: "presence", about: [about, type].filter(Boolean).join(" ") };
    return { place: "presence", name: direction === "out" ? "presence-request" : "presence-response", about };
  }

  #iq(text: string): Sorted {
    const id = attribute(text, "id") ?? "";
    const type = attribute(text, "type");
    if (type === "get" || type === "set") {
      const [, pair] = REQUESTS.find(([holds]) => holds.test(text)) ?? [null, ["live", "other", "other"] as const];
      this.#asked.set(id, pair);
      this.#isSubscribing ||= pair[0] === "subscribe-user" || pair[0] === "subscribe-team";
      return { place: pair[0], name: pair[1], about: attribute(/<subscribe\s[^>]*>/.exec(text)?.[0] ?? "", "node") ?? "" };
    }
    const [place, , name] = this.#asked.get(id) ?? (["live", "other", "other"] as const);
    this.#asked.delete(id);
    if (type === "error") return { place, name: "refused", about: conditionOf(text) };
    return { place, name, about: "" };
  }
}

function attribute(text: string, name: string): string | undefined {
  return new RegExp(`^[^>]*?\\s${name}=["']([^"']*)["']`).exec(text)?.[1];
}

/** The node of an event, and the state that its payload tells. */
function aboutEvent(text: string): string {
  const node = /<items[^>]*\snode=["']([^"']*)["']/.exec(text)?.[1] ?? "";
  const state = /&lt;state(?:&gt;|>)([A-Za-z_]{1,40})&lt;\/state/.exec(text)?.[1];
  return [node.replace("/finesse/api/", ""), state].filter(Boolean).join(" · ");
}

/** The condition of an error: the first element that is named like one. */
function conditionOf(text: string): string {
  const inside = text.replace(/^[\s\S]*?<(?:stream:)?(?:error|failure)\b[^>]*>/, "");
  return /^\s*<([a-z-]+)/.exec(inside)?.[1] ?? "";
}
