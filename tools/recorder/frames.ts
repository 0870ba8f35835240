/**
 * The frames of a desk, as Strophe 1.2.16 writes them in a Finesse desktop, and the sign-in they make up.
 *
 * @module
 */

import { DOMAIN, passwordOf, PUBSUB } from "./servers/peer.ts";
import type { Conversation } from "./tab.ts";

const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
const SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const PUBSUB_NS = "http://jabber.org/protocol/pubsub";
export const SM = "urn:xmpp:sm:3";

export const CLOSE = `<close xmlns="${FRAMING}"/>`;
export const SESSION = '<iq type="set" id="_session_auth_2" xmlns="jabber:client"><session xmlns="urn:ietf:params:xml:ns:xmpp-session"/></iq>';
export const PRESENCE = '<presence xmlns="jabber:client"/>';
export const FEATURES = /^<stream:features|<features/;
export const RESULT = /^<iq [^>]*type=["']result["']/;
export const STREAM_ERROR = /^<stream:error/;

export const open = (domain = DOMAIN): string => `<open xmlns="${FRAMING}" to="${domain}" version="1.0"/>`;

export interface Plain {
  readonly user: string;
  readonly password?: string;
  /** The bare jid, unless said. */
  readonly authzid?: string;
  readonly domain?: string;
}

export const auth = (account: Plain): string => authText(plainText(account));

/** The message of PLAIN (RFC 4616 §2) in base64. */
export function plainText({ user, password = passwordOf(user), domain = DOMAIN, authzid = `${user}@${domain}` }: Plain): string {
  return Buffer.from([authzid, user, password].join("\0")).toString("base64");
}

export const authText = (text: string, mechanism = "PLAIN"): string => `<auth xmlns="${SASL}" mechanism="${mechanism}">${text}</auth>`;

export const bind = (resource = "desktop"): string =>
  `<iq type="set" id="_bind_auth_2" xmlns="jabber:client"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${resource}</resource></bind></iq>`;

export interface Subscribe {
  readonly node: string;
  readonly jid: string;
  readonly from?: string;
}

let ids = 0;

/** To a user's or a team's node, by the full jid. */
export function subscribe({ node, jid, from = jid }: Subscribe): string {
  const id = `b${++ids}:subscribenode`;
  const to = `pubsub.${/@([^/]+)/.exec(from)?.[1] ?? DOMAIN}`;
  return `<iq from="${from}" to="${to}" type="set" id="${id}" xmlns="jabber:client"><pubsub xmlns="${PUBSUB_NS}"><subscribe node="${node}" jid="${jid}"/></pubsub></iq>`;
}

export function publishFrame(node: string, jid: string): string {
  return `<iq from="${jid}" to="${PUBSUB}" type="set" id="p${++ids}:publish" xmlns="jabber:client"><pubsub xmlns="${PUBSUB_NS}"><publish node="${node}"><item><notification xmlns="${PUBSUB_NS}">&lt;Update/&gt;</notification></item></publish></pubsub></iq>`;
}

export const ping = (): string => `<iq type="get" to="${DOMAIN}" id="ping${++ids}" xmlns="jabber:client"><ping xmlns="urn:xmpp:ping"/></iq>`;

/** Where a sign-in stops. */
export type Step = "features" | "auth" | "restart" | "bind" | "session" | "presence" | "contact";

const STEPS: readonly Step[] = ["features", "auth", "restart", "bind", "session", "presence", "contact"];

export interface SignIn extends Plain {
  readonly resource?: string;
  /** The last step that is done. */
  readonly upTo?: Step;
}

/** Signs in, step by step. Answers the full jid that was bound. */
export async function signIn(talk: Conversation, { upTo = "contact", ...account }: SignIn): Promise<string> {
  let jid = "";
  const { domain = DOMAIN, resource = "desktop" } = account;
  const does: Readonly<Record<Step, () => Promise<unknown>>> = {
    features: () => exchange(talk, open(domain), FEATURES),
    auth: () => exchange(talk, auth(account), /^<success/),
    restart: () => exchange(talk, open(domain), FEATURES),
    bind: async () => (jid = /<jid>([^<]+)/.exec(await exchange(talk, bind(resource), RESULT))?.[1] ?? ""),
    session: () => exchange(talk, SESSION, RESULT),
    presence: () => talk.send(PRESENCE),
    contact: () => talk.next(/^<presence[^>]* from=["']finesse@/),
  };
  for (const step of STEPS) {
    await does[step]();
    if (step === upTo) break;
  }
  return jid;
}

/** Sends a frame and waits for one that matches. */
export async function exchange(talk: Conversation, frame: string, answer: RegExp): Promise<string> {
  await talk.send(frame);
  return await talk.next(answer);
}

/** Subscribes by the full jid, and insists. */
export async function subscribed(talk: Conversation, jid: string, ...nodes: string[]): Promise<void> {
  for (const node of nodes) await exchange(talk, subscribe({ node, jid }), RESULT);
}

/** Ends the stream, or answers the server's end, and closes the socket; nothing where it is closed already. */
export async function end(talk: Conversation): Promise<void> {
  if (await talk.isClosed()) return;
  await talk.send(CLOSE);
  await talk.closed().catch(() => talk.close());
}

/** Good-bye, as RFC 7395 §3.6 has it. */
export async function leave(talk: Conversation): Promise<void> {
  await talk.send('<presence xmlns="jabber:client" type="unavailable"/>', CLOSE);
  await talk.next(/^<close /);
  await talk.closed();
}
