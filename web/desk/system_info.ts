/**
 * What the page asks before it can sign in: Finesse's SystemInfo names the XMPP domain, `/demo.json` the demo accounts.
 *
 * @module
 */

import type { Language } from "../i18n/translate.ts";
import { parseXml } from "../xml/parse_xml.ts";

export interface SystemInfo {
  readonly domain: string;
  readonly pubsub: string;
  /** Server's clock less ours, in milliseconds. */
  readonly skew: number;
}

const TIMEOUT_MS = 10_000;

/** @throws where the server does not answer, or says nothing that helps */
export async function askSystemInfo(): Promise<SystemInfo> {
  const answer = await fetch("/finesse/api/SystemInfo", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
  const root = answer.ok ? parseXml(await answer.text()) : null;
  const field = (name: string) => root?.getElementsByTagName(name)[0]?.textContent ?? "";
  const domain = field("xmppDomain");
  if (domain === "") throw new Error(`SystemInfo: ${answer.status}`);
  const time = Date.parse(field("currentTimestamp"));
  return { domain, pubsub: field("xmppPubSubDomain") || `pubsub.${domain}`, skew: Number.isNaN(time) ? 0 : time - Date.now() };
}

export interface DemoAccount {
  readonly id: string;
  readonly password: string;
  readonly name: string;
  readonly role: "agent" | "supervisor";
  readonly team?: string;
}

/** The demo's accounts, those who see most first; none where there is no demo. */
export async function askDemoAccounts(language: Language): Promise<readonly DemoAccount[]> {
  const answer = await fetch("/demo.json", { cache: "no-store", headers: { Accept: "application/json", "Accept-Language": language } });
  if (!answer.ok) {
    await answer.text(); // read to its end, so that the connection is free again
    return [];
  }
  const { accounts } = (await answer.json()) as { accounts?: readonly DemoAccount[] };
  // The demo's back end publishes and has no desk.
  const withDesk = (accounts ?? []).filter(({ role }) => role === "agent" || role === "supervisor");
  return withDesk.sort((one, other) => other.role.localeCompare(one.role));
}
