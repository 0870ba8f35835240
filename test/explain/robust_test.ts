/** No input makes the explainer throw or slow, whatever it is. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";

import {
  type Connection,
  Explainer,
  explain,
  masked,
  type RawFrame,
  readHar,
  readPasted,
  RecordingError,
  reportOf,
  textsOf,
  writeHar,
  writeText,
} from "../../explain/mod.ts";
import * as say from "./support.ts";
import { connectionOf, framesOf, recordingOf, type Said, START, upgradeOf } from "./support.ts";

/** Frames that mean something, and what is left of them when parts are cut out, doubled or put elsewhere. */
const KNOWN = [
  ...say.SUBSCRIBED.map(([, text]) => text),
  ...[
    say.CLOSE,
    say.eventOf("&lt;a/&gt;"),
    say.pingOf("1"),
    say.resultOf("1"),
    say.errorOf("s1", "forbidden"),
    say.failureOf("not-authorized"),
    say.streamErrorOf("conflict"),
  ],
  ...['<r xmlns="urn:xmpp:sm:3"/>', '<failed xmlns="urn:xmpp:sm:3"/>', '<resume xmlns="urn:xmpp:sm:3" h="x"/>', "<stream:stream>", "</stream:stream>", " ", ""],
  '<body xmlns="http://jabber.org/protocol/httpbind" type="terminate" condition="x"><iq/><message/></body>',
];

const piece = fc.oneof(fc.constantFrom(...KNOWN), fc.string({ maxLength: 20 }), fc.string({ unit: "binary", maxLength: 20 }));
const cut = fc.tuple(fc.constantFrom(...KNOWN), fc.nat(300), fc.nat(300)).map(([text, from, to]) => text.slice(0, from) + text.slice(to));
const text = fc.oneof(
  piece,
  cut,
  fc.array(fc.oneof(piece, cut), { maxLength: 4 }).map((parts) => parts.join("")),
);
const moment = fc.option(fc.oneof(fc.integer({ min: START, max: START + 1e6 }), fc.double({ noNaN: true })), { nil: null });
const frame: fc.Arbitrary<RawFrame> = fc.record({ direction: fc.constantFrom("out", "in"), at: moment, text, binary: fc.boolean() });
const connection: fc.Arbitrary<Connection> = fc.record({
  transport: fc.constantFrom("websocket", "bosh"),
  upgrade: fc.option(
    fc.record({ url: text, status: fc.constantFrom(0, 101, 200, 403, 999), error: text, startedAt: moment, answeredAt: moment }).map(upgradeOf),
    { nil: null },
  ),
  frames: fc.array(frame, { maxLength: 30 }),
  framesKnown: fc.boolean(),
  ended: fc.option(fc.record({ at: moment, code: fc.option(fc.nat(5000), { nil: null }), reason: text }), { nil: null }),
  page: fc.constantFrom("", "a"),
});

test("any frames are explained, in words, reports and exports", () => {
  fc.assert(
    fc.property(fc.array(connection, { maxLength: 4 }), moment, (connections, until) => {
      const recording = recordingOf(connections, until);
      const explanation = explain(recording);
      for (const language of ["en", "de"] as const) {
        for (const each of explanation.frames) assert.equal(typeof (each.says(language) + each.expects(language)), "string");
        for (const fault of explanation.faults) assert.ok(textsOf(fault, language).says.length > 0);
        assert.ok(explanation.verdict(language).length > 0 && reportOf(explanation, language).length > 0);
      }
      for (const fault of explanation.faults) assert.ok(fault.frame === null || explanation.frames[fault.frame]?.faults.includes(fault.code), fault.code);
      assert.doesNotThrow(() => JSON.parse(writeHar(recording)));
      assert.ok(writeText(recording).length >= 0);
    }),
    { numRuns: 400 },
  );
});

test("asked at every moment, it ends up saying what it says of the whole", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom<Said>(...say.SUBSCRIBED), fc.tuple(fc.constantFrom("out" as const, "in" as const), text)), { maxLength: 25 }),
      (said) => {
        const frames = framesOf(said);
        const explainer = new Explainer();
        explainer.opened(null);
        for (const each of frames) {
          explainer.add(each);
          assert.ok(explainer.explanation.faults.every(({ connection: of }) => of === 0));
        }
        assert.deepEqual(explainer.explanation.faults, explain(recordingOf([connectionOf(frames)])).faults);
      },
    ),
    { numRuns: 200 },
  );
});

test("any text is read, or refused with a RecordingError", () => {
  const json = fc.json({ maxDepth: 6 });
  const har = fc
    .array(
      fc.dictionary(
        fc.constantFrom("request", "response", "_webSocketMessages", "startedDateTime", "time", "_resourceType", "timings"),
        fc.jsonValue({ maxDepth: 4 }),
      ),
      { maxLength: 5 },
    )
    .map((entries) => JSON.stringify({ log: { creator: null, entries } }));
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        json,
        har,
        fc.array(text).map((parts) => parts.join("\n")),
      ),
      (given) => {
        for (const read of [readHar, readPasted]) {
          try {
            explain(read(given));
          } catch (error) {
            assert.ok(error instanceof RecordingError, String(error));
          }
        }
      },
    ),
    { numRuns: 1500 },
  );
});

test("masking changes nothing more when it is done again", () => {
  fc.assert(
    fc.property(text, (given) => {
      const shown = masked(given);
      assert.equal(masked(shown), shown);
    }),
    { numRuns: 1500 },
  );
});

/** Texts that a careless pattern reads again and again. */
const HOSTILE: Readonly<Record<string, (length: number) => string>> = {
  "elements that do not end": (length) => "<password".repeat(length / 9),
  "elements that are not closed": (length) => "<password>".repeat(length / 10),
  "sasl elements": (length) => "<auth>x".repeat(length / 7),
  "fields that are not closed": (length) => '<field var="password">'.repeat(length / 22),
  "fields one in another": (length) => '<a name="password">'.repeat(length / 23) + "</a>".repeat(length / 23),
  "parameters without an end": (length) => '<a name="password" value="'.repeat(length / 26),
  "escaped elements": (length) => "&lt;password&gt;".repeat(length / 16),
  "half escaped elements": (length) => "&amp;lt;token ".repeat(length / 14),
  "a long escape": (length) => `&${"amp;".repeat(length / 4)}lt;password`,
  "long numbers": (length) => `&#${"0".repeat(length)}60;password`,
  attributes: (length) => "token= ".repeat(length / 7),
  "quotes that do not end": (length) => 'password="'.repeat(length / 10),
  "keys of JSON": (length) => '"token":'.repeat(length / 8),
  backslashes: (length) => `"token":"${"\\".repeat(length)}`,
  "white space": (length) => `token${" ".repeat(length)}`,
  queries: (length) => "?token".repeat(length / 6),
  addresses: (length) => "://a:".repeat(length / 5),
  "long addresses": (length) => `://${"a".repeat(length)}`,
  schemes: (length) => "Basic ".repeat(length / 6),
  JWTs: (length) => "eyJ".repeat(length / 3),
  "parts of JWTs": (length) => `eyJaaaaaa${".aaaaa".repeat(length / 6)}`,
  bodies: (length) => `httpbind${"<body sid=".repeat(length / 10)}`,
  "escaped bodies": (length) => `httpbind${"&lt;body ".repeat(length / 9)}`,
  "one long word": (length) => "a".repeat(length),
  base64: (length) => "AAAA".repeat(length / 4),
  "header lines": (length) => "X-a-token: ".repeat(length / 11),
  "tags that do not end": (length) => "<a ".repeat(length / 3),
  "tags one in another": (length) => "<a>".repeat(length / 3),
  "tags on lines": (length) => "<a>\n".repeat(length / 4),
  comments: (length) => "<!--".repeat(length / 4),
  CDATA: (length) => "<a><![CDATA[".repeat(length / 12),
  "frames without a way": (length) => "<close/>".repeat(length / 8),
  "answers without a question": (length) => '<iq type="result" id="1"/>'.repeat(length / 26),
  arrows: (length) => "→ ← > < - ".repeat(length / 10),
  times: (length) => "12:34:56 <a/>".repeat(length / 13),
};

describe.each(Object.entries(HOSTILE))("hostile: %s", (_, make) => {
  const timed = (does: () => void): number => {
    const began = performance.now();
    does();
    return performance.now() - began;
  };
  const attempt = (given: string) => () => {
    masked(given);
    for (const read of [() => readPasted(given), () => recordingOf([connectionOf(framesOf([["in", given]]))])]) {
      try {
        explain(read());
      } catch (error) {
        assert.ok(error instanceof RecordingError, String(error));
      }
    }
  };

  test("takes time by its length, not by the square of it", () => {
    attempt(make(10_000))();
    const short = Math.min(...[1, 2].map(() => timed(attempt(make(20_000)))));
    const long = Math.min(...[1, 2].map(() => timed(attempt(make(200_000)))));
    // Ten times the length; the square would be a hundred times the time.
    assert.ok(long < 40 * Math.max(short, 5), `${short.toFixed(1)} ms, then ${long.toFixed(1)} ms`);
  });
});
