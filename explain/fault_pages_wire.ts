/**
 * Frames that the pages of the faults show, shortened to what matters.
 *
 * @module
 */

export const OPEN = '→ <open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="cc1.acme.test" version="1.0"/>';
export const OPENED = '← <open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="cc1.acme.test" id="s7k2" version="1.0"/>';
export const AUTH = '→ <auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">••••••••</auth>';
export const SUCCESS = '← <success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>';
export const CLOSE = '← <close xmlns="urn:ietf:params:xml:ns:xmpp-framing" />';
export const failure = (condition: string) => `← <failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><${condition}/></failure>`;
export const streamError = (condition: string, more = "") =>
  `← <stream:error xmlns:stream="…"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>${more}</stream:error>`;
export const features = (...mechanisms: string[]) =>
  `← <stream:features …><mechanisms …>${mechanisms.map((name) => `<mechanism>${name}</mechanism>`).join("")}</mechanisms></stream:features>`;
export const subscribe =
  '→ <iq type="set" id="b1" to="pubsub.cc1.acme.test"><pubsub …><subscribe node="/finesse/api/Team/42/Users" jid="7001@cc1.acme.test/desktop"/></pubsub></iq>';
export const refused = (condition: string, id = "b1", more = "") => `← <iq type="error" id="${id}"><error type="cancel"><${condition} …/>${more}</error></iq>`;
export const UPGRADE = ["→ GET /ws/ HTTP/1.1", "→ Upgrade: websocket", "→ Connection: Upgrade", "→ Sec-WebSocket-Protocol: xmpp"];
