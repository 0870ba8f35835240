/** What the explainer says, in both languages: nothing missing, the same values, pages that are up to date. */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import { explain, FAULT_CODES, reportOf, STEPS, stepTitle, textsOf } from "../../explain/mod.ts";
import { compose, fill, TEXTS } from "../../explain/texts/mod.ts";
import { faultPages, outdatedPages } from "../../tools/fault_pages.ts";
import * as say from "./support.ts";
import { connectionOf, framesOf, recordingOf } from "./support.ts";

/** Every sentence of a language, by the way to it. */
function sentencesOf(texts: object, path = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[`${path}${key}`, value]] : sentencesOf(value as object, `${path}${key}.`),
  );
}

const names = (sentence: string): string[] => [...new Set([...sentence.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name))].sort();

test("English and German name the same values in each sentence", () => {
  const [english, german] = [TEXTS.en, TEXTS.de].map((texts) => new Map(sentencesOf(texts)));
  assert.ok(english && german && english.size > 250);
  for (const [key, sentence] of english) {
    const other: string = german.get(key) ?? "";
    assert.deepEqual(names(other), names(sentence), key);
    assert.equal(other === "", sentence === "", key);
    for (const each of [sentence, other]) assert.doesNotMatch(each.replace(/\[[^[\]]*\]/g, ""), /[[\]]/, key);
  }
});

test("German is not the English", () => {
  const same = FAULT_CODES.filter(
    (code) => TEXTS.en.faults[code].says === TEXTS.de.faults[code].says || TEXTS.en.faults[code].fix === TEXTS.de.faults[code].fix,
  );
  assert.deepEqual(same, []);
});

describe("fill()", () => {
  test("a part in brackets is left out where one of its values is not known", () => {
    assert.equal(fill("a[ {x}][ and {y}].", { x: 1 }), "a 1.");
    assert.equal(fill("a[ {x} {y}].", { x: 1, y: "" }), "a.");
    assert.equal(fill("a {x}.", {}), "a ….");
  });

  test("values are not filled themselves, are masked, and not longer than a sentence can bear", () => {
    assert.equal(fill("{x}", { x: "[{y}] {y}", y: "z" }), "[{y}] {y}");
    assert.doesNotMatch(fill("{x}", { x: "?token=abcdefgh" }), /abcdefgh/);
    assert.equal(fill("{x}", { x: "a".repeat(1000) }).length, 201);
    assert.equal(compose("{x}", { x: "a".repeat(1000) }).length, 1000);
  });

  test("names that every object has are no values", () => {
    assert.equal(fill("[{constructor}]{toString}", {}), "…");
  });
});

test("every step and fault has its words and its page", () => {
  for (const step of STEPS) assert.notEqual(stepTitle(step, "en"), "");
  const pages = faultPages();
  for (const code of FAULT_CODES) {
    const { page } = textsOf({ code, connection: 0, frame: null, details: {} }, "en");
    assert.ok(pages.has(page), page);
  }
  assert.equal(pages.size, FAULT_CODES.length + 1);
});

test("docs/faults/ is up to date: node tools/fault_pages.ts", () => {
  assert.deepEqual(outdatedPages(), []);
});

test("the report has the verdict, the faults with their rule, the steps and the frames around each fault", () => {
  const many = Array.from({ length: 200 }, () => ["in", say.eventOf("a")] as const);
  const frames = framesOf([...say.SUBSCRIBED, ...many, ["in", say.streamErrorOf("system-shutdown")], ["in", say.CLOSE]]);
  const explanation = explain(recordingOf([connectionOf(frames)]));
  const report = reportOf(explanation, "en");
  assert.match(report, /^# XMPP connection explained\n\nThe server was shut down\. /);
  assert.match(report, /\*\*The server was shut down\*\* \(`server-shutdown`, Connection 1, #215\)/);
  assert.match(report, /\[RFC 6120 §4\.9\.3\.20\]\(https:\/\/www\.rfc-editor\.org\/rfc\/rfc6120#section-4\.9\.3\.20\)/);
  assert.match(report, /\| Subscribe to a team \| done \| 2 \|/);
  assert.match(report, /… 171 frames left out …/);
  assert.match(report, /#215 .* \*\*server-shutdown\*\*/);
  assert.match(reportOf(explanation, "de"), /^# XMPP-Verbindung erklärt\n\nDer Server wurde heruntergefahren\. /);
});

test("what stands in frames cannot break out of the report", () => {
  const odd = '<message from="```\n# heading <script>"><body>```` | * [a](b)</body></message>';
  const report = reportOf(explain(recordingOf([connectionOf(framesOf([...say.SUBSCRIBED, ["in", odd]]))])), "en");
  const outside = report.replace(/(`{3,})xml\n[\s\S]*?\n\1\n/g, "");
  assert.doesNotMatch(outside, /<script>|```|\n# heading/);
});

describe("what users say to each other is told as what it is", () => {
  const [BOB, PHONE] = [`7002@${say.DOMAIN}/desktop`, `7001@${say.DOMAIN}/phone`];
  const stanza = (name: string, attrs: string, inside = "") => `<${name} xmlns="jabber:client" ${attrs}>${inside}</${name}>`;
  const error = (condition: string) => `<error type="cancel"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>`;
  const roster = (item: string) => `<query xmlns="jabber:iq:roster"><item jid="7002@${say.DOMAIN}"${item}/></query>`;
  const CASES: readonly (readonly [direction: "in" | "out", frame: string, sentence: string])[] = [
    ["in", stanza("presence", `from="${say.JID}" to="${say.JID}"`), "The client's own presence has been taken in and comes back."],
    ["in", stanza("presence", `from="${PHONE}" to="${say.JID}"`), `Somebody is there: ${PHONE}.`],
    ["out", stanza("message", `to="${BOB}" type="chat"`, "<body>hello</body>"), `The client sends a message to ${BOB}.`],
    ["in", stanza("message", `from="${BOB}" to="${say.JID}"`, "<body>hello</body>"), `A message that is no event, from ${BOB}.`],
    [
      "in",
      stanza("message", `from="${BOB}" to="${say.JID}" type="error"`, error("service-unavailable")),
      `A message to ${BOB} was not delivered: nobody is there to read it (service-unavailable). Who is unknown or blocked looks the same.`,
    ],
    ["in", stanza("message", `from="${BOB}" type="error"`, error("not-acceptable")), `A message to ${BOB} was not delivered: not-acceptable.`],
    [
      "in",
      stanza("message", `from="7001@${say.DOMAIN}" to="${say.JID}"`, '<received xmlns="urn:xmpp:carbons:2"><forwarded xmlns="urn:xmpp:forward:0"/></received>'),
      "A copy of a message that another resource of the user sent or received (XEP-0280).",
    ],
    ["out", stanza("iq", 'type="get" id="r1"', '<query xmlns="jabber:iq:roster"/>'), "The client asks for its contacts."],
    ["out", stanza("iq", 'type="set" id="r2"', roster("")), "The client changes a contact."],
    [
      "in",
      stanza("iq", `type="set" id="push" to="${say.JID}"`, roster(' subscription="none"')),
      "The server tells of a contact that was changed (roster push).",
    ],
    ["out", stanza("presence", 'to="7002@cc1.acme.test" type="subscribe"'), "A presence that asks for something or answers (subscribe): 7002@cc1.acme.test."],
    ["out", '<inactive xmlns="urn:xmpp:csi:0"/>', "The client says whether somebody is looking: inactive."],
  ];
  for (const [direction, frame, sentence] of CASES) {
    test(sentence, () => {
      const { frames, faults } = explain(recordingOf([connectionOf(framesOf([...say.SUBSCRIBED, [direction, frame]]))]));
      assert.equal(frames.at(-1)?.says("en"), sentence);
      assert.deepEqual(faults, []);
    });
  }
});
