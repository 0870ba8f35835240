/**
 * What a host says of the service itself: the state of the back end, as an item that desktops understand.
 *
 * @module
 */

import { escapeText } from "../../xmpp/mod.ts";

/** An `<Update>` of SystemInfo: IN_SERVICE while the back end renews its lease, else OUT_OF_SERVICE. */
export function systemInfoUpdate({ domain, available, at }: { domain: string; available: boolean; at: number }): string {
  const fields = {
    currentTimestamp: new Date(at).toISOString(),
    status: available ? "IN_SERVICE" : "OUT_OF_SERVICE",
    xmppDomain: domain,
    xmppPubSubDomain: `pubsub.${domain}`,
    uri: "/finesse/api/SystemInfo",
  };
  const data = Object.entries(fields)
    .map(([name, value]) => `<${name}>${escapeText(value)}</${name}>`)
    .join("");
  return `<Update><data><systemInfo>${data}</systemInfo></data><event>PUT</event><requestId></requestId><source>/finesse/api/SystemInfo</source></Update>`;
}
