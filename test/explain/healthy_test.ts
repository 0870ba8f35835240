/** Nothing is held against a conversation that goes well, whoever the server is, nor against one that is still going on. */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import { explain, type RawFrame } from "../../explain/mod.ts";
import * as say from "./support.ts";
import { codesOf, connectionOf, conversationNames, conversationOf, framesOf, kindsOf, recordingOf, type Said, upgradeOf } from "./support.ts";

/** What goes wrong in the conversations of test/conversations/ on purpose; in all others nothing does. */
const ON_PURPOSE: Readonly<Record<string, readonly string[]>> = {
  "absent_nodes.txt": ["node-not-found", "publish-refused"],
  "approval.txt": ["subscription-refused", "rights-revoked"],
  "bad_binary.txt": ["wrong-framing"],
  "bad_comment.txt": ["restricted-xml"],
  "bad_dtd.txt": ["restricted-xml"],
  "bad_element.txt": ["stream-error"],
  "bad_encoding.txt": ["restricted-xml"],
  "bad_namespace.txt": ["wrong-framing"],
  "bad_not_well_formed.txt": ["not-well-formed"],
  "bad_oversize.txt": ["frame-too-large"],
  "bad_processing_instruction.txt": ["restricted-xml"],
  "bad_too_deep.txt": ["policy-violation"],
  "bad_two_roots.txt": ["two-stanzas-in-frame"],
  "bad_whitespace.txt": ["not-well-formed"],
  "bind_forms.txt": ["bind-refused", "policy-violation", "stream-error", "bind-missing"],
  "created_node_items.txt": ["publish-refused"],
  "created_node_owner.txt": ["subscription-refused", "publish-refused"],
  "created_nodes.txt": ["node-not-found"],
  "conflict.txt": ["resource-conflict"],
  "directed_presence.txt": ["socket-lost"],
  "login_scram_sha_1.txt": ["wrong-password"],
  "login_scram_sha_256.txt": ["wrong-password"],
  "management_refused.txt": ["resume-failed", "stream-error", "policy-violation"],
  "opening_errors.txt": ["wrong-domain", "stream-error", "open-missing", "wrong-framing", "not-well-formed"],
  "own_resources.txt": ["presence-negative"],
  "publish.txt": ["publish-refused"],
  "resume.txt": ["resume-failed"],
  "sign_in_forms.txt": ["no-common-mechanism", "auth-malformed", "authzid-refused", "stream-error", "auth-missing"],
  "stanza_before_sign_in.txt": ["open-missing", "auth-missing", "bind-missing"],
  "stream_errors.txt": ["not-well-formed", "stream-error", "policy-violation", "wrong-framing", "restricted-xml"],
  "subscribe_before_presence.txt": ["subscription-refused"],
  "subscribe_refused.txt": ["subscription-refused", "subscribe-wrong-jid", "node-not-found"],
  "too_many_frames.txt": ["policy-violation"],
  "unknown_iq.txt": ["publish-refused"],
  "version_negotiation.txt": ["unsupported-version"],
  "wrong_host.txt": ["wrong-domain"],
  "wrong_password_thrice.txt": ["wrong-password"],
};

test.each(conversationNames())("conversation %s: what goes wrong on purpose, and nothing else", (name) => {
  const explanation = explain(recordingOf(conversationOf(name)));
  assert.ok(explanation.frames.length > 3);
  assert.deepEqual([...new Set(codesOf(explanation))], ON_PURPOSE[name] ?? []);
});

const FRAMING = "xmlns='urn:ietf:params:xml:ns:xmpp-framing'";
const STREAM = "xmlns:stream='http://etherx.jabber.org/streams'";
const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const BIND_NS = "xmlns='urn:ietf:params:xml:ns:xmpp-bind'";
const PUBSUB = "xmlns='http://jabber.org/protocol/pubsub'";

/** The same sign-in as different servers answer it. */
const SERVERS: Readonly<Record<string, readonly Said[]>> = {
  "Cisco Finesse, by the article: the same id twice, the contact with two resources": [
    ["out", say.OPEN],
    ["in", say.OPENED],
    [
      "in",
      `<stream:features ${STREAM}><mechanisms ${SASL}><mechanism>PLAIN</mechanism></mechanisms><c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="https://www.igniterealtime.org/projects/openfire/" ver="k3mOuil8afx3OTZxYy6yxLmFsok="/></stream:features>`,
    ],
    ["out", say.authOf("administrator", "1234")],
    ["in", `<success ${SASL}/>`],
    ...say.PRESENT.slice(5),
    ["in", say.CONTACT.replace("/service", "/other")],
    ["out", say.subscribeOf(say.USER_NODE)],
    ["in", say.subscribedOf(say.USER_NODE)],
    ["in", say.eventOf("&lt;Update&gt;&lt;data&gt;&lt;user&gt;&lt;state&gt;READY&lt;/state&gt;&lt;/user&gt;&lt;/data&gt;&lt;/Update&gt;")],
  ],
  "Openfire: declarations left out in a copy, white space that keeps the line open": [
    ["out", say.OPEN],
    ["in", say.OPENED],
    ["in", `<stream:features><mechanisms ${SASL}><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms></stream:features>`],
    ["out", say.AUTH],
    ["in", " "],
    ["in", `<success ${SASL}/>`],
    ...say.SUBSCRIBED.slice(5),
    ["in", " "],
  ],
  "Prosody: features with a default namespace, no session, pings of its own": [
    ["out", say.OPEN],
    ["in", `<open version='1.0' ${FRAMING} id='ee3f' from='cc1.acme.test' xml:lang='en'/>`],
    ["in", `<stream:features xmlns='jabber:client' ${STREAM}><mechanisms ${SASL}><mechanism>PLAIN</mechanism></mechanisms></stream:features>`],
    ["out", say.AUTH],
    ["in", `<success ${SASL}/>`],
    ["out", say.OPEN],
    ["in", `<open version='1.0' ${FRAMING} id='ee40' from='cc1.acme.test' xml:lang='en'/>`],
    ["in", `<stream:features xmlns='jabber:client' ${STREAM}><bind ${BIND_NS}><required/></bind><sm xmlns='urn:xmpp:sm:3'/></stream:features>`],
    ...say.PRESENT.slice(8, 11),
    ["in", "<iq xmlns='jabber:client' type='get' id='srv1' from='cc1.acme.test'><ping xmlns='urn:xmpp:ping'/></iq>"],
    ["out", say.resultOf("srv1")],
    ["out", "<iq xmlns='jabber:client' type='get' id='r1'><query xmlns='jabber:iq:roster'/></iq>"],
    ["in", "<iq xmlns='jabber:client' type='result' id='r1'><query xmlns='jabber:iq:roster'/></iq>"],
    ["out", say.pingOf("c1")],
    ["in", say.errorOf("c1", "service-unavailable")],
  ],
  "ejabberd: SCRAM, the answer after the features of the next step": [
    ["out", say.OPEN],
    ["in", `<open ${FRAMING} id='1080' version='1.0' xml:lang='en' from='cc1.acme.test'/>`],
    ["in", say.featuresOf("PLAIN", "SCRAM-SHA-256")],
    ["out", `<auth ${SASL} mechanism='SCRAM-SHA-256'>${say.base64("n,,n=7001,r=abc")}</auth>`],
    ["in", `<challenge ${SASL}>${say.base64("r=abcdef,s=QSXCR+Q6sek8bf92,i=4096")}</challenge>`],
    ["out", `<response ${SASL}>${say.base64("c=biws,r=abcdef,p=dHpzYWhu")}</response>`],
    ["in", `<success ${SASL}>${say.base64("v=abc")}</success>`],
    ...say.SUBSCRIBED.slice(5),
    [
      "in",
      `<message from='pubsub.cc1.acme.test' to='7001@cc1.acme.test/desktop' type='headline' xmlns='jabber:client'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='a'><item id='1'><x ${PUBSUB}/></item></items></event></message>`,
    ],
  ],
  "SASL2 with bind 2 and stream management inside (XEP-0388, XEP-0386)": [
    ["out", say.OPEN],
    ["in", say.OPENED],
    [
      "in",
      `<stream:features ${STREAM}><authentication xmlns='urn:xmpp:sasl:2'><mechanism>SCRAM-SHA-1</mechanism><inline><bind xmlns='urn:xmpp:bind:0'/></inline></authentication></stream:features>`,
    ],
    [
      "out",
      `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-1'><initial-response>${say.base64("n,,n=7001,r=abc")}</initial-response><bind xmlns='urn:xmpp:bind:0'/></authenticate>`,
    ],
    ["in", `<challenge xmlns='urn:xmpp:sasl:2'>${say.base64("r=abcdef,s=QSXCR+Q6sek8bf92,i=4096")}</challenge>`],
    ["out", `<response xmlns='urn:xmpp:sasl:2'>${say.base64("c=biws,r=abcdef,p=dHpzYWhu")}</response>`],
    [
      "in",
      `<success xmlns='urn:xmpp:sasl:2'><additional-data>dj1hYmM=</additional-data><authorization-identifier>7001@cc1.acme.test/x</authorization-identifier><bound xmlns='urn:xmpp:bind:0'/></success>`,
    ],
    ["in", `<stream:features ${STREAM}/>`],
    ["out", say.PRESENCE],
    ["in", say.CONTACT],
  ],
};

describe.each(Object.entries(SERVERS))("%s", (_, said) => {
  test("has no fault, and no frame that is not known", () => {
    const explanation = explain(recordingOf([connectionOf(framesOf(said))]));
    assert.deepEqual(explanation.faults, []);
    assert.deepEqual(
      kindsOf(explanation).filter((kind) => kind === "other" || kind === "malformed"),
      [],
    );
    assert.ok(explanation.steps.some(({ step, state }) => step === "bind" && state === "done"));
  });

  test("has none wherever it stands at the moment", () => {
    for (let length = 0; length <= said.length; length++) {
      assert.deepEqual(codesOf(explain(recordingOf([connectionOf(framesOf(said.slice(0, length)))]))), [], String(length));
    }
  });
});

test("a resumed stream needs no bind, no presence and no subscription", () => {
  const said: readonly Said[] = [
    ...say.SIGNED_IN,
    ["out", '<resume xmlns="urn:xmpp:sm:3" previd="x" h="4"/>'],
    ["in", '<resumed xmlns="urn:xmpp:sm:3" previd="x" h="7"/>'],
    ["in", say.eventOf("a")],
  ];
  const last = framesOf(said).at(-1)?.at ?? 0;
  const explanation = explain(recordingOf([connectionOf(framesOf(said))], last + 300_000));
  assert.deepEqual(explanation.faults, []);
  const steps = explanation.steps.map(({ step, state }) => `${step} ${state}`);
  assert.ok(steps.includes("resume done") && !steps.some((step) => step.startsWith("bind") || step.startsWith("presence")), steps.join());
});

test("who is looked at only from the middle on has done everything before", () => {
  const said: readonly Said[] = [
    ["out", say.pingOf("1")],
    ["in", say.resultOf("1")],
    ["in", say.eventOf("a")],
    ["out", say.pingOf("2"), 60_000],
    ["in", say.resultOf("2")],
  ];
  const explanation = explain(recordingOf([connectionOf(framesOf(said))], say.START + 200_000));
  assert.deepEqual(explanation.faults, []);
  assert.ok(explanation.steps.every(({ state }) => state === "done"));
});

test("hours with pings and few events are nothing to complain of", () => {
  const pings = Array.from({ length: 2000 }, (_, at): Said[] => [
    ["out", say.pingOf(`p${at}`), 10_000],
    ["in", say.resultOf(`p${at}`), 20],
  ]).flat();
  const explanation = explain(recordingOf([connectionOf(framesOf([...say.SUBSCRIBED, ["in", say.eventOf("a")], ...pings]))]));
  assert.deepEqual(explanation.faults, []);
});

test("a page that leaves without a word of XMPP has closed its socket with 1000", () => {
  const frames: RawFrame[] = framesOf([...say.SUBSCRIBED, ["in", say.eventOf("a")]]);
  assert.deepEqual(codesOf(explain(recordingOf([connectionOf(frames, { ended: { at: say.START + 9000, code: 1000, reason: "" } })]))), []);
});

test("a socket that is lost is no fault where its stream is resumed", () => {
  const resumed: readonly Said[] = [
    ...say.SIGNED_IN,
    ["out", '<resume xmlns="urn:xmpp:sm:3" previd="x" h="1"/>'],
    ["in", '<resumed xmlns="urn:xmpp:sm:3" previd="x" h="2"/>'],
  ];
  const first = connectionOf(framesOf([...say.SUBSCRIBED, ["in", say.eventOf("a")]]), { ended: { at: say.START + 5000, code: 1006, reason: "" } });
  const second = connectionOf(framesOf(resumed, say.START + 6000));
  assert.deepEqual(codesOf(explain(recordingOf([first]))), ["socket-lost"]);
  assert.deepEqual(codesOf(explain(recordingOf([first, second]))), []);
});

test("two connections of a page at the same time do not end one another", () => {
  const slow = connectionOf(framesOf([...say.OPENING, ["out", say.AUTH, 2000], ...say.SUBSCRIBED.slice(4)]));
  const quick = connectionOf(framesOf(say.SUBSCRIBED, say.START + 500).map((frame) => ({ ...frame, text: frame.text.replaceAll("/desktop", "/gadget") })));
  assert.deepEqual(codesOf(explain(recordingOf([slow, quick]))), []);
  const later = connectionOf(framesOf(say.SUBSCRIBED, say.START + 9000).map((frame) => ({ ...frame, text: frame.text.replaceAll("/desktop", "/gadget") })));
  assert.deepEqual(codesOf(explain(recordingOf([slow, later]))), []);
});

test("a page that is left, or an agent who leaves, loses no socket", () => {
  const ended = { at: say.START + 9000, code: null, reason: "" };
  const left = connectionOf(framesOf([...say.SUBSCRIBED, ["in", say.eventOf("a")]]), { ended, page: "page_1" });
  assert.deepEqual(codesOf(explain(recordingOf([left]))), ["socket-lost"]);
  const anew = connectionOf(framesOf(say.SUBSCRIBED, say.START + 10_000), { page: "page_2" });
  assert.deepEqual(codesOf(explain(recordingOf([left, anew]))), []);
  const gone = connectionOf(framesOf([...say.SUBSCRIBED, ["in", say.eventOf("a")], ["out", '<presence type="unavailable"/>']]), { ended });
  assert.deepEqual(codesOf(explain(recordingOf([gone]))), []);
});

test("RFC 6120 §6.5: who signs in by another mechanism after one was refused has signed in", () => {
  const first: Said = ["out", '<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="SCRAM-SHA-1">biwsbj03MDAxLHI9YQ==</auth>'];
  for (const condition of ["invalid-mechanism", "not-authorized"]) {
    const refused: readonly Said[] = [...say.OPENING, first, ["in", say.failureOf(condition)]];
    assert.equal(codesOf(explain(recordingOf([connectionOf(framesOf(refused))]))).length, 1);
    const { faults, frames } = explain(recordingOf([connectionOf(framesOf([...refused, ...say.SUBSCRIBED.slice(3)]))]));
    assert.deepEqual([faults, frames.flatMap((frame) => frame.faults)], [[], []]);
  }
  const mistyped: readonly Said[] = [...say.OPENING, ["out", say.AUTH], ["in", say.failureOf("not-authorized")], ...say.SUBSCRIBED.slice(3)];
  assert.deepEqual(codesOf(explain(recordingOf([connectionOf(framesOf(mistyped))]))), ["wrong-password"]);
});

test("XEP-0060 §6.2: who unsubscribes is told so, and has lost nothing", () => {
  const none = `<message xmlns="jabber:client" from="pubsub.${say.DOMAIN}"><event xmlns="http://jabber.org/protocol/pubsub#event"><subscription node="${say.TEAM_NODE}" jid="${say.JID}" subscription="none"/></event></message>`;
  const unsubscribe: Said = ["out", say.subscribeOf(say.TEAM_NODE, { id: "u1" }).replace("<subscribe ", "<unsubscribe ")];
  assert.deepEqual(codesOf(explain(recordingOf([connectionOf(framesOf([...say.SUBSCRIBED, ["in", none]]))]))), ["rights-revoked"]);
  const given: readonly Said[] = [...say.SUBSCRIBED, unsubscribe, ["in", say.resultOf("u1")], ["in", none]];
  assert.deepEqual(codesOf(explain(recordingOf([connectionOf(framesOf(given))]))), []);
  const again: readonly Said[] = [...given, ["out", say.subscribeOf(say.TEAM_NODE, { id: "s2" })], ["in", say.subscribedOf(say.TEAM_NODE, "s2")], ["in", none]];
  assert.deepEqual(codesOf(explain(recordingOf([connectionOf(framesOf(again))]))), ["rights-revoked"]);
});

test("RFC 8441 §5: an upgrade over HTTP/2 is answered with 200", () => {
  const { requestHeaders } = upgradeOf();
  const upgrade = upgradeOf({ method: "CONNECT", status: 200, statusText: "", requestHeaders: [...requestHeaders, { name: ":protocol", value: "websocket" }] });
  const explanation = explain(recordingOf([connectionOf(framesOf(say.SUBSCRIBED), { upgrade })]));
  assert.deepEqual(codesOf(explanation), []);
  assert.equal(explanation.steps[0]?.state, "done");
});

test("XEP-0078: who signs in the old way, where that is still possible, has signed in", () => {
  const said: readonly Said[] = [
    ["out", say.OPEN],
    ["in", say.OPENED],
    ["in", '<stream:features xmlns:stream="http://etherx.jabber.org/streams"><auth xmlns="http://jabber.org/features/iq-auth"/></stream:features>'],
    ["out", '<iq type="set" id="a"><query xmlns="jabber:iq:auth"><username>7001</username><password>x</password><resource>desktop</resource></query></iq>'],
    ["in", say.resultOf("a")],
    ["out", say.PRESENCE],
    ["in", say.CONTACT],
  ];
  assert.deepEqual(codesOf(explain(recordingOf([connectionOf(framesOf(said))]))), []);
});
