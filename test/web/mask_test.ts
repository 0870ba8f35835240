/** No secret of a frame survives in anything the page keeps, shows or saves. */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import { Explainer, MASK, masked } from "../../explain/mod.ts";
import { FrameLog } from "../../web/desk/frame_log.ts";
import { framesText } from "../../web/frames/frames_text.ts";
import { linesOf } from "../../web/xml/lines.ts";
import { parseXml } from "./support.ts";

const SASL = 'xmlns="urn:ietf:params:xml:ns:xmpp-sasl"';
const base64 = (text: string) => Buffer.from(text).toString("base64");
const escaped = (xml: string) => xml.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
/** What a connection begins with. */
const SOCKET = { url: new URL("ws://a.test/ws/"), origin: "http://a.test", transport: "websocket" } as const;

const SECRET = "s3cret-pass";

/** What each frame must not show any more. */
const FRAMES: readonly { readonly what: string; readonly frame: string; readonly secret: string }[] = [
  {
    what: "PLAIN",
    frame: `<auth ${SASL} mechanism="PLAIN">${base64(`7001@a.test\u00007001\u0000${SECRET}`)}</auth>`,
    secret: base64(`7001@a.test\u00007001\u0000${SECRET}`),
  },
  {
    what: "SCRAM's first message",
    frame: `<auth ${SASL} mechanism="SCRAM-SHA-1">${base64("n,,n=7001,r=nonce")}</auth>`,
    secret: base64("n,,n=7001,r=nonce"),
  },
  { what: "SCRAM's challenge", frame: `<challenge ${SASL}>${base64("r=nonce,s=salt,i=4096")}</challenge>`, secret: base64("r=nonce,s=salt,i=4096") },
  { what: "SCRAM's proof", frame: `<response ${SASL}>${base64("c=biws,r=nonce,p=proof")}</response>`, secret: base64("c=biws,r=nonce,p=proof") },
  { what: "SCRAM's signature", frame: `<success ${SASL}>${base64("v=signature")}</success>`, secret: base64("v=signature") },
  { what: "a prefixed element", frame: `<sasl:auth xmlns:sasl="urn:ietf:params:xml:ns:xmpp-sasl">${SECRET}</sasl:auth>`, secret: SECRET },
  {
    what: "SASL2",
    frame: `<authenticate xmlns="urn:xmpp:sasl:2" mechanism="PLAIN"><initial-response>${SECRET}</initial-response></authenticate>`,
    secret: SECRET,
  },
  {
    what: "jabber:iq:auth",
    frame: `<iq type="set" id="a"><query xmlns="jabber:iq:auth"><username>7001</username><password>${SECRET}</password></query></iq>`,
    secret: SECRET,
  },
  {
    what: "an event's payload",
    frame: `<message><event><notification>${escaped(`<Update><data><user><password>${SECRET}</password></user></data></Update>`)}</notification></event></message>`,
    secret: SECRET,
  },
  {
    what: "a payload that is escaped twice",
    frame: `<message><notification>${escaped(escaped(`<x><password a="b">${SECRET}</password></x>`))}</notification></message>`,
    secret: SECRET,
  },
  {
    what: "a payload whose > are not escaped",
    frame: `<message><notification>&lt;password>${SECRET}&lt;/password></notification></message>`,
    secret: SECRET,
  },
  { what: "JSON", frame: `<message><notification>{"user":"a","password":"${SECRET}"}</notification></message>`, secret: SECRET },
  {
    what: "JSON with entities",
    frame: `<message><notification>{&quot;accessToken&quot;: &quot;${SECRET}&quot;}</notification></message>`,
    secret: SECRET,
  },
];

describe.each(FRAMES)("$what", ({ frame, secret }) => {
  test("is masked, and nothing else is", () => {
    const shown = masked(frame);
    assert.ok(!shown.includes(secret), shown);
    assert.equal(shown, frame.replace(secret, MASK));
  });

  test("leaves no secret in the log, its lines, or what is saved", () => {
    const log = new FrameLog({ explainer: new Explainer(), soon: (tell) => tell() });
    log.begin(SOCKET);
    log.add("out", frame);
    log.add("in", frame);
    const kept = [...log.steps, ...log.live].map(({ frame }) => frame);
    assert.equal(kept.length, 2);
    const rendered = kept.flatMap(({ text }) => linesOf(text, parseXml).flatMap(({ spans }) => spans.map((span) => span.text)));
    for (const text of [JSON.stringify(kept), JSON.stringify(log), JSON.stringify(log.explanation), framesText(kept), rendered.join("")])
      assert.ok(!text.includes(secret), text);
  });
});

test("the size is that of the frame on the wire", () => {
  const log = new FrameLog({ explainer: new Explainer(), soon: (tell) => tell() });
  log.begin(SOCKET);
  log.add("out", `<auth ${SASL} mechanism="PLAIN">AGEAYg==</auth>`);
  log.add("in", "<message><body>é</body></message>");
  assert.deepEqual(
    [...log.steps, ...log.live].map(({ frame }) => frame.bytes),
    [80, 34],
  );
});

test("what holds no secret stays as it is", () => {
  for (const frame of [
    `<success ${SASL}/>`,
    `<auth ${SASL} mechanism="EXTERNAL"></auth>`,
    '<iq type="result"><pubsub><subscription node="/finesse/api/User/7001" subscription="subscribed"><subscribe-options/></subscription></pubsub></iq>',
    "<message><notification>&lt;Update&gt;&lt;state&gt;READY&lt;/state&gt;&lt;/Update&gt;</notification></message>",
  ]) {
    assert.equal(masked(frame), frame);
  }
});
