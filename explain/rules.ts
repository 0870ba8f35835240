/**
 * The rules that frames and faults are held against: document, section, address.
 *
 * @module
 */

import type { Rule } from "./explanation.ts";

const rfc = (number: number, section: string): Rule => ({
  name: `RFC ${number} §${section}`,
  url: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`,
});

const xep = (number: string, section: string, anchor = ""): Rule => ({
  name: `XEP-${number}${section && ` §${section}`}`,
  url: `https://xmpp.org/extensions/xep-${number}.html${anchor && `#${anchor}`}`,
});

export const RULES = {
  upgrade: rfc(6455, "4.1"),
  "upgrade-answer": rfc(6455, "4.2.2"),
  origin: rfc(6455, "10.2"),
  "socket-close": rfc(6455, "7.4.1"),
  subprotocol: rfc(7395, "3.1"),
  messages: rfc(7395, "3.2"),
  framing: rfc(7395, "3.3"),
  "one-per-frame": rfc(7395, "3.3.3"),
  open: rfc(7395, "3.4"),
  "stream-errors": rfc(7395, "3.5"),
  close: rfc(7395, "3.6"),
  restart: rfc(7395, "3.7"),
  "keep-alive": rfc(7395, "3.8"),
  "tls-only": rfc(7395, "6"),
  features: rfc(6120, "4.3.2"),
  version: rfc(6120, "4.7.5"),
  "stream-condition": rfc(6120, "4.9.3"),
  "host-unknown": rfc(6120, "4.9.3.6"),
  conflict: rfc(6120, "4.9.3.3"),
  "connection-timeout": rfc(6120, "4.9.3.4"),
  "not-well-formed": rfc(6120, "4.9.3.13"),
  "policy-violation": rfc(6120, "4.9.3.14"),
  "resource-constraint": rfc(6120, "4.9.3.17"),
  "restricted-xml": rfc(6120, "11.1"),
  "system-shutdown": rfc(6120, "4.9.3.20"),
  "unsupported-version": rfc(6120, "4.9.3.25"),
  mechanisms: rfc(6120, "6.4.1"),
  auth: rfc(6120, "6.4.2"),
  exchange: rfc(6120, "6.4.3"),
  abort: rfc(6120, "6.4.4"),
  "auth-failure": rfc(6120, "6.4.5"),
  "auth-success": rfc(6120, "6.4.6"),
  "account-disabled": rfc(6120, "6.5.2"),
  "credentials-expired": rfc(6120, "6.5.3"),
  "incorrect-encoding": rfc(6120, "6.5.5"),
  "invalid-authzid": rfc(6120, "6.5.6"),
  "not-authorized": rfc(6120, "6.5.10"),
  "temporary-auth-failure": rfc(6120, "6.5.11"),
  bind: rfc(6120, "7"),
  "bind-error": rfc(6120, "7.7.2"),
  "bind-conflict": rfc(6120, "7.7.2.2"),
  iq: rfc(6120, "8.2.3"),
  "stanza-error": rfc(6120, "8.3"),
  session: rfc(3921, "3"),
  presence: rfc(6121, "4.2"),
  "presence-unavailable": rfc(6121, "4.5"),
  "presence-probe": rfc(6121, "4.2.2"),
  priority: rfc(6121, "4.7.2.3"),
  roster: rfc(6121, "2.2"),
  message: rfc(6121, "5.2"),
  scram: rfc(5802, "5"),
  sasl2: xep("0388", ""),
  bind2: xep("0386", ""),
  disco: xep("0030", "3"),
  subscribe: xep("0060", "6.1", "subscriber-subscribe"),
  "subscribe-errors": xep("0060", "6.1.3", "subscriber-subscribe-error"),
  unsubscribe: xep("0060", "6.2", "subscriber-unsubscribe"),
  items: xep("0060", "6.5", "subscriber-retrieve"),
  publish: xep("0060", "7.1", "publisher-publish"),
  event: xep("0060", "7.1.2", "publisher-publish-success"),
  "subscription-state": xep("0060", "12.14", "impl-notify-sub"),
  "legacy-auth": xep("0078", ""),
  "bosh-session": xep("0124", "7"),
  "bosh-request": xep("0124", "9"),
  "bosh-terminal": xep("0124", "17.2", "errorstatus-terminal"),
  "bosh-xmpp": xep("0206", ""),
  management: xep("0198", "3", "enable"),
  acknowledgement: xep("0198", "4", "acking"),
  resume: xep("0198", "5", "resumption"),
  ping: xep("0199", "4"),
  delay: xep("0203", ""),
  "client-state": xep("0352", ""),
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;
