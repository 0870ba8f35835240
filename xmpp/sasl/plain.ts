/**
 * The mechanism PLAIN: name and password in one message (RFC 4616 §2).
 *
 * @module
 */

import { decodeUtf8 } from "./base64.ts";

/** The message as it came; none of it is prepared yet. */
export interface PlainMessage {
  /** Who to act as; "" to act as oneself. */
  readonly authzid: string;
  /** Whose password it is. */
  readonly authcid: string;
  readonly password: string;
}

/** Octets each name may have, as RFC 4616 §2 asks a server to accept. */
const MAX_NAME = 255;
/** And the password, for desktops with single sign-on send a token in its place. */
const MAX_PASSWORD = 8192;

/** Reads a PLAIN message: `[authzid] NUL authcid NUL passwd`, the last two not empty. */
export function parsePlain(octets: Uint8Array): PlainMessage | "malformed-request" {
  const first = octets.indexOf(0);
  const second = octets.indexOf(0, first + 1);
  if (first === -1 || second === -1 || octets.includes(0, second + 1)) return "malformed-request";
  const [authzid, authcid, password] = [
    partOf(octets.subarray(0, first), MAX_NAME),
    partOf(octets.subarray(first + 1, second), MAX_NAME),
    partOf(octets.subarray(second + 1), MAX_PASSWORD),
  ];
  if (authzid === undefined || !authcid || !password) return "malformed-request";
  return { authzid, authcid, password };
}

function partOf(octets: Uint8Array, most: number): string | undefined {
  return octets.length > most ? undefined : decodeUtf8(octets);
}
