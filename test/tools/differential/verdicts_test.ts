/** What is known of differences: read, held against what was said, drafted anew. */
import { expect, test } from "vitest";

import { type Answers, isJudged, Known, parseVerdicts, placeOf, redrafted, renderVerdicts, saidIn } from "../../../tools/differential/verdicts.ts";

const TEXT = `# heading

right: deskwire
by: RFC 6120 §8.3.1
why: because
at: one | first
  deskwire: desk: <a/>
  prosody: desk: <b/>
  ejabberd: desk: <a/>
at: two | start
  deskwire: nothing
  prosody: nothing
  ejabberd: desk: closed 1000
`;

const answers = (place: string, deskwire: string, prosody: string, ejabberd = deskwire): Answers => {
  const [conversation = "", exchange = ""] = place.split(" | ");
  return {
    conversation,
    exchange,
    said: new Map([
      ["deskwire", deskwire],
      ["prosody", prosody],
      ["ejabberd", ejabberd],
    ]),
  };
};

test("what is read and written again is the same text", () => {
  const verdicts = parseVerdicts(TEXT);
  expect(verdicts.flatMap(({ places }) => places.map(placeOf))).toEqual(["one | first", "two | start"]);
  expect(renderVerdicts(verdicts, "# heading")).toBe(TEXT);
});

test("a line that is none is told by its number", () => {
  expect(() => parseVerdicts("right: deskwire\nperhaps")).toThrow("Line 2");
});

test.each([
  ["agreement", "one | first", "x", "x", "x", "same"],
  ["a known difference", "one | first", "desk: <a/>", "desk: <b/>", "desk: <a/>", "listed"],
  ["Deskwire says something else by now", "one | first", "desk: <c/>", "desk: <b/>", "desk: <a/>", "changed"],
  ["another says something else by now", "one | first", "desk: <a/>", "desk: <c/>", "desk: <a/>", "changed"],
  ["a difference elsewhere", "one | second", "desk: <a/>", "desk: <b/>", "desk: <a/>", "unlisted"],
])("%s", (_, place, deskwire, prosody, ejabberd, is) => {
  expect(new Known(parseVerdicts(TEXT)).judge(answers(place, deskwire, prosody, ejabberd)).is).toBe(is);
});

test("a server that is not there is not missed", () => {
  const { said, ...place } = answers("one | first", "desk: <a/>", "desk: <b/>");
  const two = { ...place, said: new Map([...said].filter(([name]) => name !== "ejabberd")) };
  expect(new Known(parseVerdicts(TEXT)).judge(two).is).toBe("listed");
});

test("a difference that has gone is told, where its conversation was played", () => {
  const known = new Known(parseVerdicts(TEXT));
  known.judge(answers("one | first", "x", "x"));
  expect(known.vanished(new Set(["one"]))).toEqual(["one | first"]);
  expect(known.vanished(new Set())).toEqual([]);
});

test("drafted anew: what has gone is left out, what is new waits for a judge", () => {
  const known = new Known(parseVerdicts(TEXT));
  const said = [answers("one | first", "x", "x"), answers("two | start", "nothing", "nothing", "desk: closed 1000"), answers("three | a", "1", "2")];
  const drafted = redrafted(parseVerdicts(TEXT), {
    judged: said.map((each) => ({ answers: each, judgement: known.judge(each) })),
    played: new Set(["one", "two", "three"]),
  });
  const written = parseVerdicts(renderVerdicts(drafted, "#"));
  expect(written.map((verdict) => [verdict.places.map(placeOf), isJudged(verdict)])).toEqual([
    [["two | start"], true],
    [["three | a"], false],
  ]);
});

test("a long answer is cut, and its rest still counts", () => {
  const long = "x".repeat(2000);
  expect(saidIn([long]).length).toBeLessThan(700);
  expect(saidIn([long])).not.toBe(saidIn([`${long}y`]));
  expect(saidIn([])).toBe("nothing");
});
