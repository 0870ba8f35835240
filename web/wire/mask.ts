/**
 * Takes secrets out of a frame before anything keeps it: SASL payloads (RFC 6120 §6.4), and whatever an element calls a
 * password or a token.
 *
 * @module
 */

/** Elements whose text is a secret, or proves one: SASL, SASL2 (XEP-0388), and the plain words. */
const SECRET = "auth|response|challenge|success|initial-response|additional-data|password|token";

const PLAIN = new RegExp(`(<(?:[\\w.-]+:)?(${SECRET})(?=[\\s>])[^>]*>)([^<]+)(?=</)`, "gi");
/** The same inside an event's payload, which travels escaped; escaped again where it is nested. */
const ESCAPED =
  /(&(?:amp;)*lt;(?:[\w.-]+:)?(password|token)(?:\s(?:(?!&(?:amp;)*gt;).)*)?(?:&(?:amp;)*gt;|>))((?:(?!&(?:amp;)*lt;|<).)+)(?=&(?:amp;)*lt;\/|<)/gis;
const JSON_FIELD = /((?:"|&quot;)[\w-]*(?:password|token)(?:"|&quot;)\s*:\s*(?:"|&quot;))((?:(?!"|&quot;).)+)/gi;

/** What stands for a secret: dots, and nothing of its length. */
export const MASK = "••••••••";

/** The frame as it may be shown, kept and saved. */
export function masked(frame: string): string {
  return frame
    .replace(PLAIN, (whole, start: string, _name: string, inside: string) => (inside.trim() === "" || start.endsWith("/>") ? whole : start + MASK))
    .replace(ESCAPED, (_, start: string) => start + MASK)
    .replace(JSON_FIELD, (_, start: string) => start + MASK);
}
