/** The sequence diagram as rows: headings, frames, gaps, and what of it is wanted. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { type Direction, explain, type RawFrame } from "../../../explain/mod.ts";
import { choicesIn, type Filters, matcherOf, NO_FILTERS, wantedBy } from "../../../web/inspect/filters.ts";
import { answersOf, frameFurther, frameRowOf, HEIGHTS, type Rows, rowAt, rowsOf } from "../../../web/inspect/rows.ts";
import { connectionOf, conversationOf, recordingOf, START } from "../../explain/support.ts";

const login = conversationOf("login.txt").at(0)?.frames ?? [];
const framesOf = (frames: readonly RawFrame[]) => explain(recordingOf([connectionOf(frames)])).frames;

function rows(frames: readonly RawFrame[], filters: Partial<Filters> = {}): Rows {
  const explained = framesOf(frames);
  const all = { ...NO_FILTERS, ...filters };
  const isMatch = matcherOf(all, ({ kind }) => kind);
  return rowsOf(explained, { answers: answersOf(explained), isWanted: wantedBy(all, isMatch) });
}

const drawn = ({ rows: all }: Rows) =>
  all.map((row) =>
    row.kind === "heading" ? `# ${row.steps.join(" ")}` : row.kind === "gap" ? `… ${row.milliseconds}` : `${row.frame.direction} ${row.frame.kind}`,
  );

test("the seed's sign-in: a heading for each step, in its order", () => {
  const headings = drawn(rows(login)).filter((row) => row.startsWith("#"));
  assert.deepEqual(headings, [
    "# open",
    "# features",
    "# auth",
    "# restart",
    "# bind",
    "# session",
    "# presence",
    "# service-contact",
    "# subscribe-user",
    "# subscribe-team",
    "# event ping",
    "# presence",
    "# close",
  ]);
});

test("every frame has its row once, and rows stand under each other without a hole", () => {
  const { rows: all, height, count } = rows(login);
  assert.equal(count, login.length);
  assert.deepEqual(
    all.flatMap((row) => (row.kind === "frame" ? [row.frame.index] : [])),
    login.map((_, at) => at),
  );
  let top = 0;
  for (const row of all) {
    assert.equal(row.top, top);
    top += HEIGHTS[row.kind];
  }
  assert.equal(height, top);
});

const iq = (id: string, node: string): RawFrame => ({
  direction: "out",
  at: START,
  text: `<iq type="set" id="${id}" xmlns="jabber:client"><pubsub xmlns="http://jabber.org/protocol/pubsub"><subscribe node="${node}" jid="7001@a.test"/></pubsub></iq>`,
});
const result = (id: string): RawFrame => ({ direction: "in", at: START, text: `<iq type="result" id="${id}" xmlns="jabber:client"/>` });

test("requests that overlap share a heading, those that do not have their own", () => {
  const [user, team] = [iq("u", "/finesse/api/User/7001"), iq("t", "/finesse/api/Team/42/Users")];
  const headings = (frames: readonly RawFrame[]) => drawn(rows(frames)).filter((row) => row.startsWith("#"));
  assert.deepEqual(headings([user, team, result("u"), result("t")]), ["# subscribe-user subscribe-team"]);
  assert.deepEqual(headings([user, result("u"), team, result("t")]), ["# subscribe-user", "# subscribe-team"]);
});

const message = (at: number, direction: Direction = "in"): RawFrame => ({
  direction,
  at: START + at,
  text: '<message xmlns="jabber:client"><body>x</body></message>',
});

test("a gap of more than five seconds is marked with its length, before the frame that ended it", () => {
  assert.deepEqual(drawn(rows([message(0), message(5000), message(11_000)])), ["# other", "in message", "in message", "… 6000", "in message"]);
});

test("gaps are those of the connection, whatever is filtered", () => {
  const frames = [message(0), message(6000, "out"), message(7000)];
  assert.deepEqual(drawn(rows(frames, { direction: "in" })), ["# other", "in message", "in message"]);
  assert.deepEqual(drawn(rows([message(0, "out"), message(9000)], { direction: "in" })), ["… 9000", "# other", "in message"]);
});

test("frames without times have no gaps", () => {
  assert.deepEqual(drawn(rows([{ ...message(0), at: null }, message(9000), { ...message(0), at: null }])), ["# other", ...Array(3).fill("in message")]);
});

const filtered: readonly { readonly what: string; readonly filters: Partial<Filters>; readonly gives: readonly string[] }[] = [
  { what: "a step", filters: { step: "auth" }, gives: ["# auth", "out auth-request", "in auth-success"] },
  { what: "a kind", filters: { kind: "bind-response" }, gives: ["# bind", "in bind-response"] },
  { what: "a direction and a step", filters: { direction: "in", step: "bind" }, gives: ["# bind", "in bind-response"] },
  { what: "a text in any case", filters: { text: " URN:XMPP:PING " }, gives: ["# event ping", "out ping"] },
  { what: "a text of the name", filters: { text: "auth-success" }, gives: ["# auth", "in auth-success"] },
  { what: "nothing", filters: { text: "not to be found" }, gives: [] },
];

for (const { what, filters, gives } of filtered) {
  test(`filters: ${what}`, () => assert.deepEqual(drawn(rows(login, filters)), gives));
}

test("without “only matches” all frames stay, and the search still finds", () => {
  const filters = { ...NO_FILTERS, text: "ping", onlyMatches: false };
  assert.equal(rows(login, filters).count, login.length);
  const isMatch = matcherOf(filters, () => "");
  assert.deepEqual(
    framesOf(login)
      .filter(isMatch)
      .map(({ kind }) => kind),
    ["ping"],
  );
});

test("no text: no frame is a match, and none is hidden", () => {
  assert.equal(framesOf(login).filter(matcherOf(NO_FILTERS, () => "")).length, 0);
  assert.equal(rows(login).count, login.length);
});

test("choices are what there is", () => {
  const { steps, kinds } = choicesIn(framesOf([iq("u", "/finesse/api/User/7001"), result("u"), message(1)]));
  assert.deepEqual(
    [steps, kinds],
    [
      ["subscribe-user", "other"],
      ["subscribe-request", "subscribe-response", "message"],
    ],
  );
});

test("rowAt(): the row at a place, for every place", () => {
  const { rows: all, height } = rows(login);
  for (let top = 0; top < height; top += 7) {
    const at = rowAt(all, top);
    assert.ok((all[at]?.top ?? 0) <= top && (all[at + 1]?.top ?? height) > top, String(top));
  }
  assert.equal(rowAt(all, -5), 0);
  assert.equal(rowAt(all, height + 1000), all.length - 1);
  assert.equal(rowAt([], 10), 0);
});

test("frameFurther(): by so many, to the ends, and from match to match", () => {
  const { rows: all } = rows(login);
  const last = login.length - 1;
  assert.deepEqual(
    [
      frameFurther(all, 3, 1),
      frameFurther(all, 3, -1),
      frameFurther(all, 3, 1000),
      frameFurther(all, 3, Number.NEGATIVE_INFINITY),
      frameFurther(all, null, 1),
      frameFurther(all, null, -1),
      frameFurther(all, 0, 1, ({ kind }) => kind === "event"),
      frameFurther([], 0, 1),
    ].map((frame) => frame?.index),
    [4, 2, last, 0, 0, last, framesOf(login).findIndex(({ kind }) => kind === "event"), undefined],
  );
  assert.equal(frameRowOf(all, 4)?.frame.index, 4);
  assert.equal(frameRowOf(all, null), undefined);
});

test("answersOf(): each request's answer", () => {
  const frames = framesOf(login);
  for (const [request, answer] of answersOf(frames)) assert.equal(answer.answers, request);
  assert.ok(answersOf(frames).size >= 6);
});
