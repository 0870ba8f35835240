/**
 * What a SASL message tells of who signs in; never its secret (RFC 4616, RFC 5802).
 *
 * @module
 */

import { decodeBase64, decodeUtf8 } from "../xmpp/mod.ts";

export interface SignIn {
  readonly mechanism: string;
  /** Who signs in; "": not told. */
  readonly authcid: string;
  /** Whom to act as; "": the same. */
  readonly authzid: string;
  /** False: the message is not in the mechanism's form. */
  readonly isWellFormed: boolean;
}

/** Reads a client's first message: PLAIN, SCRAM and OAUTHBEARER name a user. */
export function readSignIn(mechanism: string, data: string): SignIn {
  const nobody = { mechanism, authcid: "", authzid: "", isWellFormed: true };
  const trimmed = data.trim();
  if (trimmed === "" || trimmed.length > 65_536) return nobody;
  const octets = decodeBase64(trimmed);
  const text = octets && decodeUtf8(octets);
  if (text === undefined) return { ...nobody, isWellFormed: octets !== undefined && mechanism !== "PLAIN" };
  if (mechanism === "PLAIN") return plain(nobody, text);
  if (mechanism.startsWith("SCRAM-")) return scram(nobody, text);
  return nobody;
}

function plain(nobody: SignIn, text: string): SignIn {
  const parts = text.split("\0");
  const [authzid = "", authcid = ""] = parts;
  if (parts.length !== 3) return { ...nobody, isWellFormed: false };
  return { ...nobody, authzid, authcid, isWellFormed: parts[1] !== "" && parts[2] !== "" };
}

function scram(nobody: SignIn, text: string): SignIn {
  const [, authzid = "", authcid] = /^[nyp][^,]{0,100},(?:a=([^,]*))?,(?:m=[^,]*,)?n=([^,]*),r=/.exec(text) ?? [];
  return authcid === undefined ? { ...nobody, isWellFormed: false } : { ...nobody, authzid: unescaped(authzid), authcid: unescaped(authcid) };
}

const unescaped = (name: string): string => name.replaceAll("=2C", ",").replaceAll("=3D", "=");
