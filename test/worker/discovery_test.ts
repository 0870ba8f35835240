import { assert, test } from "vitest";
import { childrenOf, parseDocument, textOf } from "../../xmpp/mod.ts";
import { renderJrd, renderSystemInfo, renderXrd, socketUrl } from "../../worker/discovery.ts";

test("socketUrl(): H-01 RFC 7395 §4 an absolute address by the public name, else by the request's", () => {
  assert.equal(socketUrl("https://desk.test", "http://10.0.0.1/.well-known/host-meta"), "wss://desk.test/ws/");
  assert.equal(socketUrl("http://desk.test:8787", "http://x/"), "ws://desk.test:8787/ws/");
  assert.equal(socketUrl(null, "https://gw.test:8445/.well-known/host-meta?x=1"), "wss://gw.test:8445/ws/");
  assert.equal(socketUrl(null, "http://localhost:8787/a"), "ws://localhost:8787/ws/");
});

const WAYS = { socket: "wss://desk.test/ws/", bosh: "https://desk.test/http-bind/" };

test("renderXrd(): H-02 H-03 H-05 a link with the relation of RFC 7395 §4", () => {
  const { element } = parseDocument(renderXrd(WAYS), { maxDepth: 4 });
  assert.equal(element?.ns, "http://docs.oasis-open.org/ns/xri/xrd-1.0");
  const [link, bosh] = childrenOf(element as NonNullable<typeof element>);
  assert.deepEqual({ ...link?.attrs }, { rel: "urn:xmpp:alt-connections:websocket", href: "wss://desk.test/ws/" });
  assert.deepEqual({ ...bosh?.attrs }, { rel: "urn:xmpp:alt-connections:xbosh", href: "https://desk.test/http-bind/" });
});

test("renderJrd(): H-02 H-03 the same as JSON", () => {
  assert.deepEqual(JSON.parse(renderJrd(WAYS)), {
    links: [
      { rel: "urn:xmpp:alt-connections:websocket", href: "wss://desk.test/ws/" },
      { rel: "urn:xmpp:alt-connections:xbosh", href: "https://desk.test/http-bind/" },
    ],
  });
});

for (const isAvailable of [true, false]) {
  test(`renderSystemInfo(): finesse §4.6 what a desktop polls, ${isAvailable ? "in" : "out of"} service`, () => {
    const xml = renderSystemInfo({ domain: "cc1.acme.test", origin: "https://desk.test:8445", isAvailable, at: 0 });
    const { element } = parseDocument(xml, { maxDepth: 4 });
    assert.equal(element?.name, "SystemInfo");
    const fields = Object.fromEntries(childrenOf(element as NonNullable<typeof element>).map((field) => [field.name, textOf(field)]));
    assert.deepEqual(fields, {
      currentTimestamp: "1970-01-01T00:00:00.000Z",
      deploymentType: "UCCE",
      lastCTIHeartbeatStatus: isAvailable ? "success" : "failure",
      primaryNode: "",
      secondaryNode: "",
      status: isAvailable ? "IN_SERVICE" : "OUT_OF_SERVICE",
      systemAuthMode: "NON_SSO",
      timezoneOffset: "0",
      uri: "/finesse/api/SystemInfo",
      xmppDomain: "cc1.acme.test",
      xmppPubSubDomain: "pubsub.cc1.acme.test",
    });
    assert.include(xml, "<primaryNode><host>desk.test</host><httpsPort>8445</httpsPort></primaryNode>");
    assert.include(xml, "<secondaryNode><host>desk.test</host>");
  });
}
