/**
 * Tells back ends that a user is available no more: by an item of `/deskwire/presence`, and by a webhook.
 *
 * @module
 */

import { PRESENCE_NODE, renderUnavailable, type Unavailable } from "../../xmpp/mod.ts";
import type { Env } from "../contract.ts";
import { hostOf } from "../placing.ts";
import type { Audience, Notice } from "../protocol/attendance.ts";
import type { Settings } from "../settings.ts";
import { CONTRACT, hostNamed, webhookOf } from "../stubs.ts";

interface Teller {
  readonly env: Env;
  readonly settings: Settings;
  readonly domain: string;
  readonly jid: string;
}

/**
 * Makes the call that tells one audience; a repeat of it is known by the notice's id.
 *
 * @throws {Error} when it was refused
 */
export async function tellOf(of: Teller, { id, user, resource, cause, since, until }: Notice, audience: Audience): Promise<void> {
  await TELLING[audience](of, id, { user, jid: of.jid, resource, cause, since, until });
}

const TELLING: Readonly<Record<Audience, (of: Teller, id: string, who: Unavailable) => Promise<void>>> = {
  async node({ env, settings, domain }, id, who) {
    const request = { v: CONTRACT, node: PRESENCE_NODE, id, payload: renderUnavailable(who), once: false, own: true } as const;
    const answer = await hostNamed(env, hostOf(domain, PRESENCE_NODE, settings) as string).publish(request);
    if (answer.outcome === "refused") throw new Error(`refused: ${answer.refusal.condition}`);
  },
  async webhook({ env, domain }, id, who) {
    await webhookOf(env, domain).send({ v: CONTRACT, event: { id, body: bodyOf(who) } });
  },
};

/** The event as it is posted. */
function bodyOf({ since, until, ...who }: Unavailable): string {
  const [from, to] = [new Date(since).toISOString(), new Date(until).toISOString()];
  return JSON.stringify({ type: "agent.unavailable", timestamp: to, data: { ...who, since: from, until: to } });
}
