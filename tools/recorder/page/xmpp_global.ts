/**
 * @xmpp/client as pages have it: its own script defines `XMPP`. What Node loads asks for DNS.
 *
 * @module
 */

import type * as xmpp from "@xmpp/client";

export const { client, xml } = (globalThis as unknown as { readonly XMPP: typeof xmpp }).XMPP;
