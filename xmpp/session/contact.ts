/**
 * The service contact: in everybody's roster, and its presence tells desktops that events will come (RFC 6121 §2, §4).
 *
 * @module
 */

import { capsOf } from "../disco/caps.ts";
import { CONTACT } from "../disco/info.ts";
import type { Unaddressed } from "../pubsub/event.ts";
import { CLIENT_NS } from "../stanza/stanza.ts";
import { renderCaps } from "../stream/features.ts";
import { escapeAttr } from "../xml/serialize.ts";

/** The resource that the contact is available with. */
/** Localpart of the contact whose presence tells desktops that events will come. */
export const CONTACT_NAME = "finesse";

export const CONTACT_RESOURCE = "service";

/** Renders the contact's presence as it stands; only an available one has capabilities (XEP-0115 §6.1). */
export function renderContactPresence({
  domain,
  contact,
  available,
}: {
  readonly domain: string;
  readonly contact: string;
  readonly available: boolean;
}): Unaddressed {
  const from = escapeAttr(`${contact}@${domain}/${CONTACT_RESOURCE}`);
  const start = `<presence xmlns="${CLIENT_NS}" from="${from}"`;
  return available ? { head: `${start} to="`, tail: `">${renderCaps(capsOf(CONTACT))}</presence>` } : { head: `${start} type="unavailable" to="`, tail: '"/>' };
}
