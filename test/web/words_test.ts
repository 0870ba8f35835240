/** Words, times and waits. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { waitBefore } from "../../client/backoff.ts";
import { postFields, requestFields, responseFields } from "../../web/desk/handshake.ts";
import { TONES } from "../../web/desk/people.ts";
import { elapsedText } from "../../web/design/elapsed.ts";
import { de } from "../../web/i18n/de.ts";
import { en } from "../../web/i18n/en.ts";
import { inspectDe } from "../../web/i18n/inspect_de.ts";
import { inspectEn } from "../../web/i18n/inspect_en.ts";
import { labDe } from "../../web/i18n/lab_de.ts";
import { labEn } from "../../web/i18n/lab_en.ts";
import { languageOf, t, tWire } from "../../web/i18n/translate.ts";

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test.each([
  { what: "all pages", english: en, german: de },
  { what: "the lab", english: labEn, german: labDe },
  { what: "/inspect", english: inspectEn, german: inspectDe },
])("English and German have the same keys, and the same things to fill in: $what", ({ english, german }) => {
  assert.deepEqual(Object.keys(german), Object.keys(english));
  for (const [key, text] of Object.entries(english)) {
    const other = (german as Readonly<Record<string, string>>)[key] ?? "";
    assert.notEqual(other.trim(), "", key);
    assert.deepEqual(placeholders(other), placeholders(text), key);
  }
});

test("every state that has a tone has a name", () => {
  for (const state of Object.keys(TONES)) assert.ok(`user-state-${state}` in en || `call-state-${state}` in en, state);
});

test("the browser's first language that there is, else English", () => {
  assert.equal(languageOf(["fr-CH", "de-CH", "en"]), "de");
  assert.equal(languageOf(["en-GB", "de"]), "en");
  assert.equal(languageOf(["DE"]), "de");
  assert.equal(languageOf(["fr", "constructor"]), "en");
  assert.equal(languageOf([]), "en");
});

test("braces are filled in, and a word of the wire that has no name stands as it is", () => {
  assert.equal(t("state-reconnecting", { n: 4 }), "Reconnecting in 4 s");
  assert.equal(tWire("user-state", "READY"), "Ready");
  assert.equal(tWire("user-state", "BRAND_NEW"), "BRAND_NEW");
});

const times: readonly (readonly [milliseconds: number, text: string])[] = [
  [-5000, "0:00"],
  [0, "0:00"],
  [59_999, "0:59"],
  [60_000, "1:00"],
  [3_599_000, "59:59"],
  [3_600_000, "1:00:00"],
  [86_399_000, "23:59:59"],
  [3 * 86_400_000 + 4 * 3_600_000 + 5 * 60_000, "3 d 04:05"],
];
for (const [milliseconds, text] of times) {
  test(`elapsedText(): ${milliseconds} ms is ${text}`, () => assert.equal(elapsedText(milliseconds), text));
}

test("waits double up to half a minute, each between its half and its whole", () => {
  assert.deepEqual(
    [1, 2, 3, 6, 60].map((attempt) => [waitBefore(attempt, 0), waitBefore(attempt, 1)]),
    [
      [500, 1000],
      [1000, 2000],
      [2000, 4000],
      [15_000, 30_000],
      [15_000, 30_000],
    ],
  );
  const drawn = new Set(Array.from({ length: 20 }, () => waitBefore(5)));
  assert.ok(drawn.size > 1);
});

test("RFC 6455 §4.1: the fields of the article's GET and 101, and where each is known from", () => {
  const handshake = {
    transport: "websocket" as const,
    url: new URL("wss://desk.example.com:8445/ws/"),
    origin: "https://desk.example.com:8445",
    startedAt: 1,
    openedAt: 2,
    protocol: "xmpp",
    extensions: "",
    closed: null,
  };
  const request = requestFields(handshake, (key) => en[key]);
  const shown = [...request.fields, ...request.headers].map(({ name, value, note }) => [name, value, note].filter(Boolean).join(" | "));
  for (const line of [
    "Method | GET",
    "Scheme | wss",
    "Host | desk.example.com:8445",
    "File name | /ws/",
    "Address | not shown to pages by the browser",
    "Version | HTTP/1.1 | by RFC 6455",
  ]) {
    assert.ok(shown.includes(line), line);
  }
  const byAddress = requestFields({ ...handshake, url: new URL("ws://[::1]:8787/ws/") }, (key) => en[key]);
  assert.equal(byAddress.fields.find(({ name }) => name === "Address")?.value, "::1");
  const response = responseFields(handshake, (key) => en[key]);
  assert.deepEqual(
    [...response.fields, ...response.headers].map(({ name, value }) => `${name}: ${value}`),
    [
      "Status: 101 Switching Protocols",
      "Version: HTTP/1.1",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Protocol: xmpp",
      "Sec-WebSocket-Extensions: ",
    ],
  );
});

test("XEP-0124 §7: the fields of a POST, where there is no upgrade", () => {
  const handshake = {
    transport: "bosh" as const,
    url: new URL("https://desk.example.com/http-bind/"),
    origin: "https://desk.example.com",
    startedAt: 1,
    openedAt: 2,
    protocol: "",
    extensions: "",
    closed: null,
  };
  const { fields, headers } = postFields(handshake, (key) => en[key]);
  assert.deepEqual(
    [...fields, ...headers].map(({ name, value }) => `${name}: ${value}`),
    [
      "Method: POST",
      "Scheme: https",
      "Host: desk.example.com",
      "File name: /http-bind/",
      "Address: ",
      "Initiator: strophe.js – fetch",
      "Content-Type: text/xml; charset=utf-8",
      "Origin: https://desk.example.com",
    ],
  );
});
