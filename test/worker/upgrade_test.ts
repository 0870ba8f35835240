import { assert, test } from "vitest";
import { Problem } from "../../worker/problem.ts";
import { checkUpgrade, mayOpen } from "../../worker/upgrade.ts";

const NO_ORIGINS = { publicOrigin: null, origins: [] };
const GOOD = { Upgrade: "websocket", "Sec-WebSocket-Protocol": "xmpp" };

/** A request as the door sees it; a real one would not let some of these headers be set. */
function refusalOf(headers: Record<string, string>): string | undefined {
  const request = { url: "https://desk.test/ws/", headers: new Headers(headers) } as unknown as Request;
  try {
    checkUpgrade(request, NO_ORIGINS);
    return undefined;
  } catch (fault) {
    assert.instanceOf(fault, Problem);
    return (fault as Problem).code;
  }
}

const CASES = [
  { rule: "RFC 7395 §3.1 a plain offer", headers: GOOD, gives: undefined },
  { rule: "RFC 6455 §4.2.1 Upgrade is compared without regard to case", headers: { ...GOOD, Upgrade: "WebSocket" }, gives: undefined },
  { rule: "RFC 7395 §3.1 xmpp among others", headers: { ...GOOD, "Sec-WebSocket-Protocol": "xmpp2 ,  xmpp" }, gives: undefined },
  { rule: "no Upgrade", headers: { "Sec-WebSocket-Protocol": "xmpp" }, gives: "upgrade-required" },
  { rule: "another Upgrade", headers: { ...GOOD, Upgrade: "h2c" }, gives: "upgrade-required" },
  { rule: "WS-02 no subprotocol", headers: { Upgrade: "websocket" }, gives: "subprotocol-required" },
  { rule: "WS-01 a token that only contains xmpp", headers: { ...GOOD, "Sec-WebSocket-Protocol": "xmpp2, XMPP" }, gives: "subprotocol-required" },
  { rule: "WS-29 own pages", headers: { ...GOOD, Origin: "https://desk.test" }, gives: undefined },
  { rule: "WS-29 somebody else's pages", headers: { ...GOOD, Origin: "https://evil.test" }, gives: "origin-refused" },
  { rule: "WS-29 a page that hides its origin", headers: { ...GOOD, Origin: "null" }, gives: "origin-refused" },
];
for (const { rule, headers, gives } of CASES) {
  test(`checkUpgrade(): ${rule}`, () => assert.equal(refusalOf(headers as unknown as Record<string, string>), gives));
}

test("checkUpgrade(): RFC 9110 §15.5.22 a refusal names the protocol", () => {
  const request = { url: "https://desk.test/ws/", headers: new Headers() } as unknown as Request;
  try {
    checkUpgrade(request, NO_ORIGINS);
    assert.fail("not refused");
  } catch (fault) {
    assert.equal((fault as Problem).options.headers?.Upgrade, "websocket");
  }
});

const ORIGINS = [
  { rule: "the request's host, TLS ended before us", origin: "https://desk.test", settings: NO_ORIGINS, gives: true },
  { rule: "another port of the host", origin: "https://desk.test:8443", settings: NO_ORIGINS, gives: false },
  { rule: "a host that ends alike", origin: "https://evil-desk.test", settings: NO_ORIGINS, gives: false },
  { rule: "the public name", origin: "https://public.test", settings: { publicOrigin: "https://public.test", origins: [] }, gives: true },
  { rule: "an allowed one", origin: "https://a.test", settings: { publicOrigin: null, origins: ["https://a.test"] }, gives: true },
  { rule: "an allowed one by another scheme", origin: "http://a.test", settings: { publicOrigin: null, origins: ["https://a.test"] }, gives: false },
  { rule: "any", origin: "null", settings: { publicOrigin: null, origins: "*" as const }, gives: true },
];
for (const { rule, origin, settings, gives } of ORIGINS) {
  test(`mayOpen(): RFC 6455 §10.2 ${rule}`, () => assert.equal(mayOpen(origin, "http://desk.test/ws/", settings), gives));
}
