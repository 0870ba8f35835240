/**
 * Refusals of the HTTP side: one table of codes, one shape (RFC 9457).
 *
 * @module
 */

import { WrongTable } from "../durable/settings.ts";

/** Every code with its status and title. The codes are stable; the titles are for people. */
export const PROBLEMS = {
  unauthorized: { status: 401, title: "A bearer token is needed" },
  "invalid-token": { status: 401, title: "The token is not a known one" },
  "token-not-configured": { status: 401, title: "No token is set up that could open this" },
  "invalid-credentials": { status: 401, title: "Not a name and its password" },
  "invalid-ticket": { status: 401, title: "The ticket was used, is over, or is none" },
  "ticket-for-other-nodes": { status: 403, title: "The ticket is for other nodes" },
  forbidden: { status: 403, title: "No right to the node" },
  "insufficient-scope": { status: 403, title: "The token does not open this" },
  "origin-refused": { status: 403, title: "Pages of this origin may not ask here" },

  "not-found": { status: 404, title: "Nothing has this path" },
  "domain-not-found": { status: 404, title: "This domain is not served here" },
  "node-not-found": { status: 404, title: "No such node" },
  "user-not-found": { status: 404, title: "No such user" },
  "team-not-found": { status: 404, title: "No such team" },
  "dead-letter-not-found": { status: 404, title: "No such dead letter" },
  "method-not-allowed": { status: 405, title: "The path has no such method" },

  "upgrade-required": { status: 426, title: "This path opens WebSockets" },
  "subprotocol-required": { status: 400, title: "The subprotocol xmpp must be offered" },
  "invalid-path": { status: 400, title: "The path is not well encoded" },
  "invalid-query": { status: 400, title: "A query parameter is wrong" },
  "malformed-json": { status: 400, title: "The body is not JSON" },
  "invalid-body": { status: 400, title: "The body is not as described" },
  "invalid-encoding": { status: 400, title: "The body is not UTF-8" },
  "empty-body": { status: 400, title: "The body is empty" },
  "not-well-formed": { status: 400, title: "The body is not well-formed XML" },
  "invalid-idempotency-key": { status: 400, title: "The idempotency key is wrong" },
  "payload-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body's media type is not taken here" },
  "idempotency-key-reused": { status: 422, title: "The idempotency key stands for another body" },
  "publish-refused": { status: 422, title: "The node refused the item" },

  "invalid-id": { status: 422, title: "The id cannot be used" },
  "invalid-name": { status: 422, title: "The name cannot be used" },
  "invalid-role": { status: 422, title: "No such role" },
  "invalid-password": { status: 422, title: "The password cannot be used" },
  "password-too-weak": { status: 422, title: "The password is too easy to guess" },
  "password-required": { status: 422, title: "A new user needs a password" },
  "unknown-member": { status: 422, title: "A member is no user" },
  "unknown-supervisor": { status: 422, title: "A supervisor is no user" },
  "not-a-supervisor": { status: 422, title: "A supervisor has not the role for it" },
  "too-many-contacts": { status: 422, title: "The team has more people than can be each other's contacts" },
  "webhook-not-configured": { status: 409, title: "There is nowhere to send webhooks to" },
  "still-supervises": { status: 409, title: "The user still supervises teams" },

  "too-many-readers": { status: 429, title: "The user has too many readers open" },
  "no-capacity": { status: 503, title: "Every connection manager is full" },
  "sign-ins-busy": { status: 503, title: "Too many connections wait to sign in" },
  "open-files": { status: 503, title: "The process holds as many files as it may" },
  overloaded: { status: 503, title: "Too much to do at the moment" },
  unavailable: { status: 503, title: "A part of the service does not answer" },
  misconfigured: { status: 500, title: "The settings are wrong" },
  "internal-error": { status: 500, title: "A fault of ours" },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface FieldError {
  /** JSON pointer as a URI fragment (RFC 6901 §6), e.g. `#/members/3`. */
  readonly pointer: string;
  readonly detail: string;
}

interface ProblemOptions {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal on its way to the client: thrown inside the door and answered in one place. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code].title);
    this.code = code;
    this.options = options;
  }

  /** Renders the answer (RFC 9457 §3.1); `instance` is the id of the request. */
  toResponse(requestId: string): Response {
    const { status, title } = PROBLEMS[this.code];
    const { detail, errors, headers } = this.options;
    const body = { type: `/problems/${this.code}`, title, status, ...(detail && { detail }), code: this.code, ...(errors && { errors }), instance: requestId };
    return new Response(JSON.stringify(body), {
      status,
      headers: { "Content-Type": "application/problem+json", "Cache-Control": "no-store", ...headers },
    });
  }
}

/** A code that came from an object; one this table does not know is our own mistake, answered as a fault. */
export function problemOf(code: string, detail: string): Problem {
  if (Object.hasOwn(PROBLEMS, code)) return new Problem(code as ProblemCode, { detail });
  return new Problem("internal-error");
}

/** Seconds to wait, spread so that those refused together do not come back together. */
export function retryAfter(seconds: number, random: number = Math.random()): Readonly<Record<string, string>> {
  return { "Retry-After": String(seconds + Math.floor(random * (seconds + 1))) };
}

/** What a fault looks like from outside: the platform's, a call that was not answered, or a bug of ours. */
export function problemOfFault(fault: unknown): Problem {
  if (fault instanceof Problem) return fault;
  const marks = typeof fault === "object" && fault !== null ? (fault as { overloaded?: unknown; retryable?: unknown; name?: unknown }) : {};
  if (marks.overloaded === true) return new Problem("overloaded", { headers: retryAfter(2) });
  if (marks.retryable === true || marks.name === "Unanswered") return new Problem("unavailable", { headers: retryAfter(1) });
  if (fault instanceof WrongTable) return new Problem("misconfigured", { detail: fault.message });
  if (fault instanceof RangeError && /^[A-Z_]+ (and [A-Z_]+ )?must /.test(fault.message)) {
    return new Problem("misconfigured", { detail: "The log of the server names the variable" });
  }
  return new Problem("internal-error");
}
