/**
 * The sessions over HTTP requests of one manager, by their ids.
 *
 * @module
 */

import { type BodyRequest, renderTerminal } from "../../xmpp/mod.ts";
import type { Settings } from "../settings.ts";
import { BoshSession, type BoshTimes } from "./bosh.ts";
import type { Connection } from "./connection.ts";
import { unguessable } from "../unguessable.ts";

export interface BoshSessionsOf {
  readonly manager: string;
  readonly times: BoshTimes & Pick<Settings, "READING_RATE">;
  /** The answer to a new connection that is not taken. */
  refused(): Response | undefined;
  /** Begins a stream. */
  accept(session: BoshSession): Promise<unknown>;
  /** Of the stream that goes by this session now: a resumed stream is another one than was begun. */
  connectionOf(session: BoshSession): Connection | undefined;
  frame(connection: Connection, frame: string): void;
  closed(connection: Connection): void;
}

export class BoshSessions {
  readonly #of: BoshSessionsOf;
  readonly #sessions = new Map<string, BoshSession>();

  constructor(of: BoshSessionsOf) {
    this.#of = of;
  }

  /** Takes a request that the door has read; refuses a new session as an upgrade is refused. */
  async take(request: BodyRequest): Promise<Response> {
    const known = this.#sessions.get(request.sid);
    if (known) return respond(await known.take(request), known.content);
    if (request.sid !== "") return respond(renderTerminal("item-not-found"));
    const refused = this.#of.refused();
    if (refused) return refused;
    const session = await this.#begin(request);
    return respond(await session.take(request), session.content);
  }

  async #begin(request: BodyRequest): Promise<BoshSession> {
    const { manager, times, accept, connectionOf, frame, closed } = this.#of;
    const sid = `${manager.replace("/", ".")}.${unguessable()}`;
    const session = new BoshSession(sid, request, times);
    await accept(session);
    this.#sessions.set(sid, session);
    const withConnection = (act: (connection: Connection) => void) => {
      const connection = connectionOf(session);
      if (connection) act(connection);
    };
    session.listen({
      frame: (text) => withConnection((connection) => frame(connection, text)),
      heard: () => withConnection((connection) => connection.heard("", Date.now(), times.READING_RATE)),
      gone: () => withConnection(closed),
      forget: () => this.#sessions.delete(sid),
    });
    return session;
  }
}

/** XEP-0124 §5: always 200, as XML. */
function respond(body: string, content = "text/xml; charset=utf-8"): Response {
  return new Response(body, { headers: { "Content-Type": content, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" } });
}
