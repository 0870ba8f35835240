/**
 * Signs webhooks as Standard Webhooks wants it (https://www.standardwebhooks.com, "Signature scheme").
 *
 * @module
 */

const ENCODER = new TextEncoder();

/** Headers of one attempt. Each secret signs, so that a receiver may have the old one or the new one. */
export async function signedHeaders(message: { readonly id: string; readonly body: string; readonly at: number }, secrets: readonly string[]) {
  const timestamp = String(Math.floor(message.at / 1000));
  const content = new Uint8Array(ENCODER.encode(`${message.id}.${timestamp}.${message.body}`));
  const signatures = await Promise.all(secrets.map(async (secret) => `v1,${await hmac(secret, content)}`));
  return { "webhook-id": message.id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

/** HMAC-SHA256; key and result in base64. */
async function hmac(secret: string, content: Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = Uint8Array.from(atob(secret), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign("HMAC", key, content))));
}
