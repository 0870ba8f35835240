/** No secret of any mechanism survives in anything the explainer gives: frames, faults, sentences, report, exports. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";

import { type Connection, explain, MASK, masked, readHar, type Recording, reportOf, textsOf, writeHar, writeText } from "../../explain/mod.ts";
import * as say from "./support.ts";
import { base64, connectionOf, framesOf, recordingOf, type Said, upgradeOf } from "./support.ts";

const SECRET = "s3cret-Pass/word+1";
const PLAIN = base64(`7001@a.test\u00007001\u0000${SECRET}`);
const SASL = 'xmlns="urn:ietf:params:xml:ns:xmpp-sasl"';
const escaped = (xml: string, character = "<") => xml.replaceAll("&", "&amp;").replaceAll(character, "&lt;").replaceAll(">", "&gt;");
const numeric = (xml: string) => xml.replaceAll("<", "&#60;").replaceAll(">", "&#x3E;");

/** What is written, and the part of it that must not be seen any more. */
const TEXTS: readonly (readonly [what: string, text: string, secret: string])[] = [
  ["PLAIN", `<auth ${SASL} mechanism="PLAIN">${PLAIN}</auth>`, PLAIN],
  ["PLAIN in single quotes", `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${PLAIN}</auth>`, PLAIN],
  ["PLAIN with white space", `<auth ${SASL} mechanism="PLAIN">\n${PLAIN}\n</auth>`, PLAIN],
  ["PLAIN in CDATA", `<auth ${SASL} mechanism="PLAIN"><![CDATA[${PLAIN}]]></auth>`, PLAIN],
  ["PLAIN behind a comment", `<auth ${SASL} mechanism="PLAIN"><!-- a --><?b c?>${SECRET}</auth>`, SECRET],
  ["PLAIN cut off", `<auth ${SASL} mechanism="PLAIN">${PLAIN}`, PLAIN],
  ["PLAIN without its element", `mechanism PLAIN ${PLAIN} sent`, PLAIN],
  [
    "the article's PLAIN",
    "Request - auth YWRtaW5pc3RyYXRvckB1Y2N4cHViLnByYWJoYXQuY29tAGFkbWluaXN0cmF0b3IAMTIzNA==",
    "YWRtaW5pc3RyYXRvckB1Y2N4cHViLnByYWJoYXQuY29tAGFkbWluaXN0cmF0b3IAMTIzNA==",
  ],
  ["SCRAM's first message", `<auth ${SASL} mechanism="SCRAM-SHA-1">${base64("n,,n=7001,r=nonce")}</auth>`, base64("n,,n=7001,r=nonce")],
  ["SCRAM's challenge", `<challenge ${SASL}>${base64("r=nonce,s=salt,i=4096")}</challenge>`, base64("r=nonce,s=salt,i=4096")],
  ["SCRAM's proof", `<response ${SASL}>${base64("c=biws,r=nonce,p=proof")}</response>`, base64("c=biws,r=nonce,p=proof")],
  ["SCRAM's signature", `<success ${SASL}>${base64("v=signature")}</success>`, base64("v=signature")],
  ["SCRAM's proof without its element", `sent ${base64("c=biws,r=nonce,p=proof")}`, base64("c=biws,r=nonce,p=proof")],
  [
    "OAUTHBEARER without its element",
    `sent ${base64(`n,a=a,\u0001auth=Bearer ${SECRET}\u0001\u0001`)}`,
    base64(`n,a=a,\u0001auth=Bearer ${SECRET}`).slice(0, 32),
  ],
  ["a task of SASL2", `<next xmlns="urn:xmpp:sasl:2"><totp>${SECRET}</totp></next>`, SECRET],
  ["a field of a form", `<x xmlns="jabber:x:data"><field var="password"><value>${SECRET}</value></field></x>`, SECRET],
  ["a private field", `<field type='text-private' var='a'>\n<value>${SECRET}</value></field>`, SECRET],
  ["a room's secret", `<field var="muc#roomconfig_roomsecret"><value>${SECRET}</value></field>`, SECRET],
  ["an escaped field", `<notification>${escaped(`<field var="password"><value>${SECRET}</value></field>`)}</notification>`, SECRET],
  ["a parameter", `<param name="password" value="${SECRET}"/>`, SECRET],
  ["a parameter, its value first", `<param value='${SECRET}' name='password'/>`, SECRET],
  ["a property", `<property name="db.password">${SECRET}</property>`, SECRET],
  ["a name and a value", `<entry><name>apiKey</name><value>${SECRET}</value></entry>`, SECRET],
  ["a value and its name in JSON", `{"value":"${SECRET}","name":"password"}`, SECRET],
  ["a key and its value in JSON", `{"key":"password","value":"a\\"${SECRET}"}`, SECRET],
  ["a sentence", `<text>Bad password: ${SECRET}</text>`, SECRET],
  ["a signed address", `https://a.test/?X-Amz-Signature=${SECRET}`, SECRET],
  ["a prefix", `<sasl:auth xmlns:sasl="urn:ietf:params:xml:ns:xmpp-sasl">${SECRET}</sasl:auth>`, SECRET],
  ["SASL2's first message", `<authenticate xmlns="urn:xmpp:sasl:2"><initial-response>${SECRET}</initial-response></authenticate>`, SECRET],
  ["SASL2's data", `<success xmlns="urn:xmpp:sasl:2"><additional-data>${SECRET}</additional-data></success>`, SECRET],
  ["a token of FAST", `<success xmlns="urn:xmpp:sasl:2"><token xmlns="urn:xmpp:fast:0" expiry="x" token="${SECRET}"/></success>`, SECRET],
  ["XEP-0078", `<iq><query xmlns="jabber:iq:auth"><username>7001</username><password>${SECRET}</password></query></iq>`, SECRET],
  [
    "XEP-0078's digest",
    `<iq><query xmlns="jabber:iq:auth"><digest>48fc78be9ec8f86d8ce1c39c320c97c21d62334d</digest></query></iq>`,
    "48fc78be9ec8f86d8ce1c39c320c97c21d62334d",
  ],
  ["an element of its own", `<password><value>${SECRET}</value></password><after/>`, SECRET],
  ["an attribute with an odd value", `<password hint="a>b">${SECRET}</password>`, SECRET],
  ["a quote that does not end", `<password hint="a>${SECRET}</password>`, SECRET],
  ["an escaped payload", `<notification>${escaped(`<u><password>${SECRET}</password></u>`)}</notification>`, SECRET],
  ["escaped twice", `<notification>${escaped(escaped(`<u><accessToken a="b">${SECRET}</accessToken></u>`))}</notification>`, SECRET],
  ["escaped by numbers", `<notification>${numeric(`<u><password>${SECRET}</password></u>`)}</notification>`, SECRET],
  ["escaped with bare >", `<notification>&lt;password>${SECRET}&lt;/password></notification>`, SECRET],
  ["an escaped attribute", `<notification>&lt;user password=&quot;${SECRET}&quot;/&gt;</notification>`, SECRET],
  ["JSON", `<notification>{"user":"a","password":"${SECRET}"}</notification>`, SECRET],
  ["JSON with entities", `<notification>{&quot;refresh_token&quot;: &quot;${SECRET}&quot;}</notification>`, SECRET],
  ["JSON in JSON", `{"body":"{\\"apiKey\\":\\"${SECRET}\\"}"}`, SECRET],
  ["JSON with an escaped quote", `{"password":"a\\"${SECRET}","b":1}`, SECRET],
  ["a number in JSON", '{"pin":483920,"b":1}', "483920"],
  ["a list in JSON", `{"tokens":["${SECRET}","b"]}`, SECRET],
  ["XML in JSON", `{"xml":"\\u003cpassword\\u003e${SECRET}\\u003c/password\\u003e"}`, SECRET],
  ["a query", `wss://a.test/ws/?token=${SECRET}&x=1`, SECRET],
  ["a query in XML", `<a href="https://a.test/?x=1&amp;access_token=${SECRET}"/>`, SECRET],
  ["a query in a query", "https://a.test/?next=%2Fws%3Fticket%3DST-1234-abcd%26x%3D1", "ST-1234-abcd"],
  ["a form", "username=7001&password=hunter2hunter2", "hunter2hunter2"],
  ["a parameter of a path", `jid='a@b.test/token=${SECRET}'`, SECRET],
  ["a fragment", `https://a.test/#id_token=${SECRET}`, SECRET],
  ["a user in an address", "https://7001:hunter2@a.test/", "hunter2"],
  ["Authorization", `GET / HTTP/1.1\r\nAuthorization: Basic ${base64(`7001:${SECRET}`)}\r\nHost: a`, base64(`7001:${SECRET}`)],
  ["Basic alone", `curl said: Basic ${base64(`7001:${SECRET}`)}`, base64(`7001:${SECRET}`)],
  ["Bearer", "sent Bearer abcdef0123456789.x-y to it", "abcdef0123456789.x-y"],
  ["a cookie", `Cookie: JSESSIONID=abc; a=${SECRET}\r\nHost: a`, SECRET],
  ["a header of its own", "X-Auth-Token: abc-def-123\r\nHost: a", "abc-def-123"],
  ["a header in a HAR file", `{"name":"Authorization","value":"Bearer ${SECRET}"}`, SECRET],
  ["a JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3MDAxIn0.c2lnbmF0dXJl", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3MDAxIn0.c2lnbmF0dXJl"],
  [
    "keys of BOSH",
    `<body xmlns="http://jabber.org/protocol/httpbind" sid="abcdefgh" newkey="ca393b51b682f61f98e7877d61146407f3d0a770"/>`,
    "ca393b51b682f61f98e7877d61146407f3d0a770",
  ],
  ["a session's other id in BOSH", `<body xmlns="http://jabber.org/protocol/httpbind" sid="a" authid='SomeSID-1234567'/>`, "SomeSID-1234567"],
  ["a session of BOSH", `<body xmlns="http://jabber.org/protocol/httpbind" rid="1" sid="SomeSID-1234567"/>`, "SomeSID-1234567"],
];

describe.each(TEXTS)("%s", (_, text, secret) => {
  test("is masked, once and for all", () => {
    const shown = masked(text);
    assert.ok(text.includes(secret), "the example holds it");
    assert.ok(!shown.includes(secret) && shown.includes(MASK), shown);
    assert.equal(masked(shown), shown);
  });

  test("is in nothing that is given", () => {
    const said: readonly Said[] = [
      ...say.SUBSCRIBED,
      ["out", text],
      ["in", text],
      ["in", say.eventOf(escaped(text))],
      ["in", say.streamErrorOf("undefined-condition", `<text>${escaped(text)}</text>`)],
    ];
    const url = `wss://a.test/ws/?${text}`;
    const upgrade = upgradeOf({ url, error: text, statusText: text, requestHeaders: [{ name: "X-Text", value: text }] });
    for (const given of everythingOf([connectionOf(framesOf(said), { upgrade, page: text, ended: { at: null, code: 4000, reason: text } })]))
      assert.ok(!given.includes(secret), given);
  });
});

/** Everything that is given for a recording, as texts. */
function everythingOf(connections: readonly Connection[]): string[] {
  const recording: Recording = recordingOf(connections);
  const explanation = explain(recording);
  const languages = ["en", "de"] as const;
  const spoken = languages.flatMap((language) => [
    explanation.verdict(language),
    reportOf(explanation, language),
    ...explanation.frames.flatMap((frame) => [frame.says(language), frame.expects(language)]),
    ...explanation.faults.flatMap((fault) => Object.values(textsOf(fault, language))),
  ]);
  const har = writeHar(recording);
  return [...spoken, JSON.stringify(explanation), writeText(recording), har, har.replaceAll("\\", ""), JSON.stringify(explain(readHar(har)))];
}

test("headers that sign in are masked in exports and in the table of the upgrade", () => {
  const headers = ["Authorization", "Proxy-Authorization", "Cookie", "X-Auth-Token", "X-Api-Key"].map((name) => ({ name, value: SECRET }));
  const upgrade = upgradeOf({ requestHeaders: headers, responseHeaders: [{ name: "Set-Cookie", value: SECRET }] });
  for (const given of everythingOf([connectionOf(framesOf(say.PRESENT), { upgrade })])) assert.ok(!given.includes(SECRET), given);
});

test("tokens that a page hides among the subprotocols are masked, names of subprotocols are not", () => {
  const hidden = ["bearer.abcdef", "Tm9Ob25lTG9va3NMaWtlVGhpcw", "a1b2c3d4e5f60718293a4b5c6d7e8f90"];
  for (const name of ["xmpp", "chat"]) {
    const value = [name, ...hidden].join(", ");
    const upgrade = upgradeOf({ requestHeaders: [{ name: "Sec-WebSocket-Protocol", value }], responseHeaders: [{ name: "Sec-WebSocket-Protocol", value }] });
    const given = everythingOf([connectionOf(framesOf(say.PRESENT), { upgrade })]).join("\n");
    assert.ok(given.includes(`${name}, ${MASK}`));
    for (const secret of hidden) assert.ok(!given.includes(secret), secret);
  }
});

test("a password in HAR's post data of BOSH is masked, in base64 too", () => {
  const body = `<body xmlns="http://jabber.org/protocol/httpbind" rid="1" sid="abcdefgh"><auth ${SASL} mechanism="PLAIN">${PLAIN}</auth></body>`;
  const frames = [{ direction: "out" as const, at: say.START, text: body }];
  for (const given of everythingOf([connectionOf(frames, { transport: "bosh", upgrade: upgradeOf({ method: "POST" }) })]))
    assert.ok(!given.includes(PLAIN), given);
  const binary = [{ direction: "out" as const, at: say.START, text: body, binary: true }];
  for (const given of everythingOf([connectionOf(binary)])) assert.ok(!given.includes(base64(body)) && !given.includes(PLAIN), given);
});

test("who signs in is shown, the password is not", () => {
  const { frames } = explain(recordingOf([connectionOf(framesOf(say.SIGNED_IN))]));
  const auth = frames.find(({ kind }) => kind === "auth-request");
  assert.equal(auth?.about, "PLAIN 7001");
  assert.match(auth?.says("en") ?? "", /7001 with PLAIN, to act as 7001@cc1\.acme\.test/);
  assert.ok(auth?.text.includes(MASK));
});

const HARMLESS = [
  say.SUCCESS,
  say.FEATURES,
  say.subscribedOf(say.TEAM_NODE),
  say.eventOf("&lt;Update&gt;&lt;state&gt;READY&lt;/state&gt;&lt;/Update&gt;"),
  `<auth ${SASL} mechanism="EXTERNAL"></auth>`,
  say.failureOf("not-authorized"),
  '<message xmlns="jabber:client"><body>Basic information about tokens and passwords</body></message>',
  '<a xmlns="urn:xmpp:sm:3" h="3"/>',
  "the notification application finished",
  '<query xmlns="jabber:iq:auth"><username>7001</username></query>',
  "GET /ws/?node=/finesse/api/User/7001 HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: xmpp",
];

test.each(HARMLESS)("what holds no secret stays as it is: %s", (text) => {
  assert.equal(masked(text), text);
});

test("a secret among anything else is masked, wherever it stands and however deep it is escaped", () => {
  const around = fc.stringMatching(/^[ -;=?-~]{0,40}$/);
  const name = fc.constantFrom("password", "accessToken", "x:secret", "api-key");
  fc.assert(
    fc.property(around, around, name, fc.nat(3), fc.constantFrom(escaped, numeric), (before, after, element, depth, escape) => {
      let xml = `<a>${before}<${element}>${SECRET}</${element}>${after}</a>`;
      for (let times = 0; times < depth; times++) xml = escape(xml);
      return !masked(`<message>${xml}</message>`).includes(SECRET);
    }),
    { numRuns: 500 },
  );
});
