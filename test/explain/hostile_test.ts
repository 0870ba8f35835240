/** No input slows the explainer: what takes time by its length takes no more. */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import { explain, masked, readPasted, RecordingError } from "../../explain/mod.ts";
import { connectionOf, framesOf, recordingOf } from "./support.ts";

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
