/** Every fault by the frames or the upgrade that show it: exactly its code, no other, in words with the values. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { type Connection, explain, FAULT_CODES, type FaultCode, textsOf } from "../../explain/mod.ts";
import * as say from "./support.ts";
import { connectionOf, failedUpgrade, framesOf, recordingOf, type Said, START, upgradeOf } from "./support.ts";

interface Case {
  readonly code: FaultCode;
  readonly what: string;
  readonly connections: readonly Connection[];
  /** Milliseconds after the last frame that are known to have gone by. */
  readonly later?: number;
  /** What its sentence names. */
  readonly says?: readonly string[];
}

const upgrade = (code: FaultCode, what: string, made: ReturnType<typeof upgradeOf>, says: readonly string[] = []): Case => ({
  ...{ code, what, says },
  connections: [connectionOf([], { upgrade: made, framesKnown: made.status !== 200 })],
});
const answered = (status: number, more: Parameters<typeof upgradeOf>[0] = {}) =>
  upgradeOf({ status, statusText: "", responseHeaders: [{ name: "Date", value: "" }], ...more });
const told = (reason: string) => failedUpgrade(`Error during WebSocket handshake: ${reason}`);
const frames = (code: FaultCode, what: string, said: readonly Said[], more: Pick<Case, "says" | "later"> = {}): Case => ({
  ...{ code, what, ...more },
  connections: [connectionOf(framesOf(said))],
});
const failed = (code: FaultCode, condition: string, says: readonly string[] = []): Case =>
  frames(code, `RFC 6120 §6.5 ${condition}`, [...say.OPENING, ["out", say.AUTH], ["in", say.failureOf(condition)]], { says });
const ended = (code: FaultCode, condition: string, more = ""): Case =>
  frames(code, `RFC 6120 §4.9.3 ${condition}`, [...say.SUBSCRIBED, ["in", say.eventOf("a")], ["in", say.streamErrorOf(condition, more)], ["in", say.CLOSE]]);
const closedWith = (code: FaultCode, close: number): Case => ({
  ...{ code, what: `RFC 6455 §7.4.1 close code ${close}` },
  connections: [connectionOf(framesOf([...say.PRESENT, ["in", say.eventOf("a")]]), { ended: { at: START + 9000, code: close, reason: "" } })],
});
/** Lost after so many seconds of silence. */
const lost = (seconds: number, start = START): Connection => {
  const sent = framesOf([...say.PRESENT, ["in", say.eventOf("a")]], start);
  const at = (sent.at(-1)?.at ?? 0) + seconds * 1000;
  return connectionOf(sent, { upgrade: upgradeOf({ startedAt: start, answeredAt: start + 10 }), ended: { at, code: 1006, reason: "" } });
};
const kicked = (start: number): Connection => connectionOf(framesOf([...say.PRESENT, ["in", say.streamErrorOf("conflict")], ["in", say.CLOSE]], start));
const bosh = (code: FaultCode, what: string, said: readonly (readonly [direction: "out" | "in", text: string, status?: number])[]): Case => ({
  ...{ code, what },
  connections: [
    connectionOf(
      said.map(([direction, text, status], at) => ({ direction, text, at: START + at * 20, ...(status !== undefined && { status }) })),
      { transport: "bosh" },
    ),
  ],
});

const BODY = 'xmlns="http://jabber.org/protocol/httpbind"';
const CREATE = `<body ${BODY} rid="1" to="${say.DOMAIN}" wait="60" hold="1"/>`;
const CREATED = `<body ${BODY} sid="abc" wait="60" requests="2" from="${say.DOMAIN}">${say.FEATURES}</body>`;
const TOO_BIG = '<stanza-too-big xmlns="urn:xmpp:errors"/>';
const INVALID_JID = '<invalid-jid xmlns="http://jabber.org/protocol/pubsub#errors"/>';
const STAMP = (at: number) => `<delay xmlns="urn:xmpp:delay" stamp="${new Date(at).toISOString()}"/>`;

/** What servers say in words with not-authorized. */
const WORDINGS: readonly (readonly [code: FaultCode, text: string])[] = [
  ["wrong-password", "Unable to authorize you with the authentication credentials you've sent."],
  ["wrong-password", "Invalid or expired credentials"],
  ["credentials-expired", "Your password has expired"],
  ["account-disabled", "This account is disabled."],
  ["locked-out", "Account locked"],
  ["locked-out", "Too many failed attempts"],
];

const CASES: readonly Case[] = [
  upgrade("upgrade-stripped", "426", answered(426), ["426"]),
  upgrade("upgrade-stripped", "200", answered(200)),
  upgrade("upgrade-stripped", "by the browser's reason", told("Unexpected response code: 400"), ["400"]),
  upgrade("upgrade-stripped", "no Upgrade in the answer", told("'Upgrade' header is missing")),
  upgrade("upgrade-wrong-path", "404", answered(404), ["404", "/ws/"]),
  upgrade("upgrade-wrong-path", "405, by the browser's reason", told("Unexpected response code: 405")),
  upgrade("upgrade-wrong-path", "a redirect", answered(301, { responseHeaders: [{ name: "Location", value: "https://b.test/ws/" }] }), ["https://b.test/ws/"]),
  upgrade("origin-refused", "403", answered(403), ["https://cc1.acme.test:8445"]),
  upgrade("tls-failed", "a certificate", failedUpgrade("Error in connection establishment: net::ERR_CERT_AUTHORITY_INVALID"), ["ERR_CERT_AUTHORITY_INVALID"]),
  upgrade("tls-failed", "no TLS at the port", failedUpgrade("Error in connection establishment: net::ERR_SSL_PROTOCOL_ERROR")),
  upgrade("server-unreachable", "refused", failedUpgrade("Error in connection establishment: net::ERR_CONNECTION_REFUSED")),
  upgrade("server-unreachable", "no such name", failedUpgrade("Error in connection establishment: net::ERR_NAME_NOT_RESOLVED")),
  upgrade("server-busy", "503", answered(503), ["503"]),
  upgrade("upgrade-refused", "502", told("Unexpected response code: 502"), ["502"]),
  { ...upgrade("upgrade-unanswered", "for ten seconds", upgradeOf({ status: 0, answeredAt: null })), later: 12_000 },
  upgrade("upgrade-unanswered", "the page gave up", failedUpgrade("WebSocket is closed before the connection is established.")),
  upgrade("handshake-failed", "hung up", failedUpgrade("Connection closed before receiving a handshake response")),
  upgrade("handshake-failed", "no HTTP", failedUpgrade("Error in connection establishment: net::ERR_INVALID_HTTP_RESPONSE")),
  upgrade("subprotocol-missing", "not chosen, by the browser's reason", told("Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received")),
  upgrade("subprotocol-missing", "refused since it is not offered", answered(400, { requestHeaders: [{ name: "Host", value: "a" }] }), ["xmpp"].slice(1)),
  {
    ...{ code: "subprotocol-missing", what: "101 without it" },
    connections: [connectionOf(framesOf(say.PRESENT), { upgrade: upgradeOf({ responseHeaders: [{ name: "Upgrade", value: "websocket" }] }) })],
  },
  frames("open-unanswered", "nothing at all", [["out", say.OPEN]], { later: 12_000, says: ["12 s", say.DOMAIN] }),
  frames(
    "open-unanswered",
    "an open without features",
    [
      ["out", say.OPEN],
      ["in", say.OPENED],
    ],
    { later: 12_000 },
  ),
  frames("open-missing", "auth first", [
    ["out", say.AUTH],
    ["in", say.OPENED],
    ["in", say.streamErrorOf("not-authorized")],
  ]),
  { code: "open-missing", what: "nothing at all", connections: [connectionOf([], { upgrade: upgradeOf() })], later: 12_000 },
  frames(
    "wrong-domain",
    "host-unknown",
    [
      ["out", say.OPEN.replace(say.DOMAIN, "www.test")],
      ["in", say.OPENED],
      ["in", say.streamErrorOf("host-unknown")],
    ],
    {
      says: ["www.test", say.DOMAIN],
    },
  ),
  frames("wrong-framing", "RFC 7395 §3.3 a stream of TCP", [
    ["out", '<stream:stream to="a" xmlns="jabber:client">'],
    ["in", say.streamErrorOf("invalid-namespace")],
  ]),
  frames("wrong-framing", "invalid-namespace", [...say.PRESENT, ["out", '<presence xmlns="jabber:server"/>'], ["in", say.streamErrorOf("invalid-namespace")]]),
  {
    ...{ code: "wrong-framing", what: "RFC 7395 §3.2 a binary message" },
    connections: [connectionOf([...framesOf(say.PRESENT), { direction: "out", at: START + 900, text: "<a/>", binary: true }])],
  },
  frames("unsupported-version", "0.9", [
    ["out", say.OPEN],
    ["in", say.OPENED],
    ["in", say.streamErrorOf("unsupported-version")],
  ]),
  failed("no-common-mechanism", "invalid-mechanism", ["SCRAM-SHA-1, PLAIN"]),
  frames(
    "no-common-mechanism",
    "the client leaves at once",
    [
      ["out", say.OPEN],
      ["in", say.OPENED],
      ["in", say.featuresOf("EXTERNAL")],
      ["out", say.CLOSE],
    ],
    {
      says: ["EXTERNAL"],
    },
  ),
  frames("no-common-mechanism", "XEP-0078 the old way", [...say.OPENING, ["out", '<iq type="get" id="a"><query xmlns="jabber:iq:auth"/></iq>']]),
  frames(
    "no-common-mechanism",
    "the client stands there",
    [
      ["out", say.OPEN],
      ["in", say.OPENED],
      ["in", say.featuresOf("SCRAM-SHA-256")],
    ],
    { later: 12_000 },
  ),
  failed("wrong-password", "not-authorized", ["7001", "PLAIN"]),
  failed("credentials-expired", "credentials-expired", ["7001"]),
  failed("account-disabled", "account-disabled", ["7001"]),
  ...WORDINGS.map(([code, text]) =>
    frames(code, `not-authorized, “${text}”`, [
      ...say.OPENING,
      ["out", say.AUTH],
      ["in", say.failureOf("not-authorized").replace("</failure>", `<text>${text}</text></failure>`)],
    ]),
  ),
  failed("authzid-refused", "invalid-authzid", ["7001@cc1.acme.test"]),
  failed("locked-out", "temporary-auth-failure", ["7001"]),
  failed("auth-malformed", "malformed-request"),
  failed("auth-malformed", "incorrect-encoding"),
  frames("auth-unanswered", "no answer", [...say.OPENING, ["out", say.AUTH]], { later: 15_000, says: ["15 s", "PLAIN"] }),
  frames("auth-missing", "the client stands there", say.OPENING, { later: 12_000, says: ["SCRAM-SHA-1, PLAIN", "12 s"] }),
  frames("auth-missing", "a stanza first", [...say.OPENING, ["out", say.PRESENCE], ["in", say.streamErrorOf("not-authorized")]]),
  frames("restart-missing", "the client waits", say.SIGNED_IN.slice(0, 5), { later: 12_000 }),
  frames("restart-missing", "bind at once", [...say.SIGNED_IN.slice(0, 5), ["out", say.BIND], ["in", say.streamErrorOf("not-authorized")]]),
  frames("bind-missing", "the client waits", say.SIGNED_IN, { later: 12_000 }),
  frames("bind-missing", "a presence first", [...say.SIGNED_IN, ["out", say.PRESENCE], ["in", say.streamErrorOf("not-authorized")]]),
  frames("bind-refused", "too many", [...say.SIGNED_IN, ["out", say.BIND], ["in", say.errorOf("_bind_auth_2", "resource-constraint")]], {
    says: ["resource-constraint"],
  }),
  ended("resource-conflict", "conflict"),
  frames("resource-conflict", "RFC 6120 §7.7.2.2 at the bind", [...say.SIGNED_IN, ["out", say.BIND], ["in", say.errorOf("_bind_auth_2", "conflict")]]),
  { code: "tabs-kick-each-other", what: "three times", connections: [0, 1, 2].map((at) => kicked(START + at * 2000)), says: [say.JID, "3 times"] },
  frames(
    "presence-missing",
    "subscribed all the same",
    [...say.BOUND_STREAM, ["out", say.subscribeOf(say.TEAM_NODE)], ["in", say.subscribedOf(say.TEAM_NODE)]],
    {
      ...{ later: 4000, says: [say.JID] },
    },
  ),
  frames("presence-missing", "for ten seconds", say.BOUND_STREAM, { later: 12_000 }),
  frames("presence-negative", "RFC 6121 §4.7.2.3", [...say.BOUND_STREAM, ["out", "<presence><priority>-1</priority></presence>"]], { says: ["-1"] }),
  frames(
    "service-contact-absent",
    "unavailable",
    [...say.BOUND_STREAM, ["out", say.PRESENCE], ["in", say.CONTACT.replace(" to=", ' type="unavailable" to=')]],
    {
      says: ["finesse@cc1.acme.test"],
    },
  ),
  frames("service-contact-absent", "never there", [...say.BOUND_STREAM, ["out", say.PRESENCE]], { later: 12_000 }),
  frames("subscribe-missing", "nothing comes", say.PRESENT, { later: 25_000, says: ["25 s"] }),
  frames("subscription-refused", "XEP-0060 §6.1.3", [...say.PRESENT, ["out", say.subscribeOf(say.TEAM_NODE)], ["in", say.errorOf("s1", "forbidden")]], {
    says: [say.TEAM_NODE, "forbidden"],
  }),
  frames(
    "node-not-found",
    "XEP-0060 §6.1.3.12",
    [...say.PRESENT, ["out", say.subscribeOf("/finesse/api/Team/9/Users")], ["in", say.errorOf("s1", "item-not-found")]],
    {
      says: ["/finesse/api/Team/9/Users"],
    },
  ),
  frames(
    "subscribe-wrong-jid",
    "XEP-0060 §6.1.3.1",
    [...say.PRESENT, ["out", say.subscribeOf(say.TEAM_NODE, { jid: "7002@cc1.acme.test" })], ["in", say.errorOf("s1", "bad-request", INVALID_JID)]],
    { says: ["7002@cc1.acme.test", "7001@cc1.acme.test"] },
  ),
  frames("publish-refused", "XEP-0060 §7.1.3", [...say.PRESENT, ["out", say.publishOf(say.TEAM_NODE)], ["in", say.errorOf("p1", "forbidden")]], {
    says: [say.TEAM_NODE],
  }),
  frames("nothing-published", "for a minute", say.SUBSCRIBED, { later: 61_000, says: [say.TEAM_NODE, "61 s"] }),
  frames("pings-unanswered", "two", [...say.SUBSCRIBED, ["in", say.eventOf("a")], ["out", say.pingOf("1")], ["out", say.pingOf("2"), 10_000]], {
    says: ["2 times"],
  }),
  frames("pings-unanswered", "one for long", [...say.SUBSCRIBED, ["in", say.eventOf("a")], ["out", say.pingOf("1")]], { later: 12_000 }),
  { code: "idle-proxy", what: "60 s", connections: [lost(60.2)], says: ["60 s"] },
  { code: "idle-proxy", what: "100 s", connections: [lost(100.1)], says: ["100 s"] },
  { code: "idle-proxy", what: "the same twice", connections: [lost(47.1), lost(47.3, START + 100_000)], says: ["47 s", "2 times"] },
  { code: "socket-lost", what: "1006", connections: [lost(7)], says: ["1006", "7 s"] },
  ended("server-shutdown", "system-shutdown"),
  closedWith("server-shutdown", 1001),
  closedWith("server-shutdown", 1012),
  ended("connection-timeout", "connection-timeout"),
  frames("connection-timeout", "a close after a ping that the client did not answer", [...say.SUBSCRIBED, ["in", say.pingOf("srv")], ["in", say.CLOSE, 3000]]),
  ended("slow-consumer", "resource-constraint"),
  frames("resume-failed", "XEP-0198 §5", [
    ...say.SIGNED_IN,
    ["out", '<resume xmlns="urn:xmpp:sm:3" previd="x" h="4"/>'],
    ["in", '<failed xmlns="urn:xmpp:sm:3"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></failed>'],
    ...say.PRESENT.slice(say.SIGNED_IN.length),
  ]),
  frames(
    "not-well-formed",
    "seen in the frame",
    [...say.PRESENT, ["out", "<message><body>a & b</body></message>"], ["in", say.streamErrorOf("not-well-formed")]],
    {
      says: ["client"],
    },
  ),
  ended("not-well-formed", "not-well-formed"),
  frames("two-stanzas-in-frame", "RFC 7395 §3.3.3", [
    ...say.PRESENT,
    ["out", `${say.pingOf("1")}${say.pingOf("2")}`],
    ["in", say.streamErrorOf("not-well-formed")],
  ]),
  frames("restricted-xml", "a comment", [...say.PRESENT, ["out", "<message><!-- a --></message>"], ["in", say.streamErrorOf("restricted-xml")]]),
  ended("frame-too-large", "policy-violation", TOO_BIG),
  closedWith("frame-too-large", 1009),
  ended("policy-violation", "policy-violation"),
  closedWith("policy-violation", 1008),
  ended("rights-revoked", "not-authorized"),
  ended("rights-revoked", "reset"),
  frames("payload-escaped-twice", "once by a number", [...say.SUBSCRIBED, ["in", say.eventOf("&amp;#60;Update&amp;#62;&amp;#60;/Update&amp;#62;")]]),
  frames("payload-escaped-twice", "seen in an event", [...say.SUBSCRIBED, ["in", say.eventOf("&amp;lt;Update&amp;gt;&amp;lt;/Update&amp;gt;")]], {
    says: [say.USER_NODE],
  }),
  frames("slow-step", "auth", [...say.OPENING, ["out", say.AUTH], ["in", say.SUCCESS, 4200], ...say.SUBSCRIBED.slice(5)], { says: ["Sign-in", "4.2 s"] }),
  frames("clock-skew", "XEP-0203 a stamp of the future", [...say.SUBSCRIBED, ["in", say.eventOf("a", { more: STAMP(START + 90_000) })]], { says: ["ahead"] }),
  frames("clock-skew", "XEP-0203 of a message that is no event", [...say.PRESENT, ["in", `<message><body>a</body>${STAMP(START + 90_000)}</message>`]]),
  {
    ...{ code: "clock-skew", what: "the Date of the answer", says: ["120 s behind"] },
    connections: [
      connectionOf(framesOf(say.PRESENT), {
        upgrade: upgradeOf({
          responseHeaders: [...upgradeOf().responseHeaders, { name: "date", value: new Date(START - 120_050).toUTCString() }],
          startedAt: START - 1000,
        }),
      }),
    ],
  },
  bosh("bosh-session-expired", "XEP-0124 §17.2 item-not-found", [
    ["out", CREATE],
    ["in", CREATED],
    ["out", `<body ${BODY} rid="2" sid="abc">${say.AUTH}</body>`],
    ["in", `<body ${BODY}>${say.SUCCESS}</body>`],
    ["out", `<body ${BODY} rid="3" sid="abc" xmpp:restart="true" xmlns:xmpp="urn:xmpp:xbosh"/>`],
    ["in", `<body ${BODY}>${say.FEATURES_BIND}</body>`],
    ["out", `<body ${BODY} rid="4" sid="abc"/>`],
    ["in", `<body ${BODY} type="terminate" condition="item-not-found"/>`],
  ]),
  bosh("bosh-session-expired", "XEP-0124 §17.1 404", [
    ["out", CREATE],
    ["in", CREATED],
    ["out", `<body ${BODY} rid="2" sid="abc"/>`],
    ["in", "", 404],
  ]),
  bosh("bosh-refused", "XEP-0124 §17.2 bad-request", [
    ["out", CREATE],
    ["in", `<body ${BODY} type="terminate" condition="bad-request"/>`],
  ]),
  ...["<!DOCTYPE html><html><body>Sign in</body></html>", "<html><body/></html>"].map((page) =>
    bosh("bosh-refused", `a web page: ${page.slice(0, 9)}`, [
      ["out", CREATE],
      ["in", page],
    ]),
  ),
  bosh("bosh-refused", "403", [
    ["out", CREATE],
    ["in", "<html/>", 403],
  ]),
  bosh("bosh-refused", "a body that is cut off", [
    ["out", CREATE.slice(0, 60)],
    ["in", `<body ${BODY} type="terminate" condition="item-not-found"/>`],
  ]),
  frames(
    "stream-error",
    "RFC 7395 §3.6.1 another address",
    [
      ["out", say.OPEN],
      ["in", `<close xmlns="urn:ietf:params:xml:ns:xmpp-framing" see-other-uri="wss://b.test/ws/"/>`],
    ],
    { says: ["wss://b.test/ws/"] },
  ),
  frames(
    "stream-error",
    "RFC 6120 §4.9.3.4 before anything was offered",
    [
      ["out", say.OPEN],
      ["in", say.OPENED],
      ["in", say.streamErrorOf("connection-timeout")],
    ],
    { says: ["connection-timeout"] },
  ),
  ended("stream-error", "undefined-condition", '<missed-items xmlns="urn:deskwire:errors"/>'),
];

for (const { code, what, connections, later, says = [] } of CASES) {
  test(`${code}: ${what}`, () => {
    const last = connections.at(-1)?.frames.at(-1)?.at ?? START;
    const { faults } = explain(recordingOf(connections, later === undefined ? null : last + later));
    assert.deepEqual([...new Set(faults.map((fault) => fault.code))], [code], JSON.stringify(faults));
    const [fault] = faults;
    assert.ok(fault);
    for (const language of ["en", "de"] as const) {
      const texts = textsOf(fault, language);
      assert.doesNotMatch(texts.says, /[{}[\]…]|undefined(?!-)|NaN/, texts.says);
      assert.match(texts.says, /[^ ]\.$/);
    }
    const sentence = textsOf(fault, "en").says;
    for (const value of says) assert.ok(sentence.includes(value), `${value}: ${sentence}`);
  });
}

test("every code is shown by a case", () => {
  const shown = new Set(CASES.map(({ code }) => code));
  assert.deepEqual(
    FAULT_CODES.filter((code) => !shown.has(code)),
    [],
  );
});
