/**
 * Puts answers of a test's in the place of what sessions do when the Directory tells them something.
 *
 * @module
 */

import { runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import type { Env, JabberSessionCalls } from "../../durable/contract.ts";
import type { JabberSession } from "../../durable/jabber_session.ts";

type Rights = JabberSessionCalls["rights"];
export type Pushed = Parameters<Rights>[0];

let restore: (() => void) | undefined;

/** From now on every session of the domain answers so; what they are told is collected. */
export async function sessionsAnswer(domain: string, answer: (request: Pushed) => ReturnType<Rights>): Promise<Pushed[]> {
  sessionsAnswerAgain();
  const told: Pushed[] = [];
  const env = bindings as unknown as Env;
  const probe = env.JABBER_SESSION.getByName(`probe@${crypto.randomUUID()}.test`);
  await runInDurableObject(probe, (session: JabberSession) => {
    const prototype = Object.getPrototypeOf(session) as { rights: Rights };
    const real = prototype.rights;
    prototype.rights = async function (this: JabberSession, request) {
      // Alarms of earlier tests' directories may go off at any time.
      if (!request.jid.endsWith(`@${domain}`)) return await real.call(this, request);
      told.push(request);
      return await answer(request);
    };
    restore = () => {
      prototype.rights = real;
    };
  });
  return told;
}

/** Sessions answer for themselves again. */
export function sessionsAnswerAgain(): void {
  restore?.();
  restore = undefined;
}
