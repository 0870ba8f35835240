/** No input makes the explainer throw, whatever it is; that none slows it is in `hostile_test.ts`. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";

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
