import { assert, test } from "vitest";
import type { ImportLine, ImportResult } from "../../durable/contract.ts";
import { batchSize, importAll, type LineResult, MAX_LINES, take } from "../../worker/api/import.ts";
import { type Line, linesOf } from "../../worker/api/lines.ts";

async function* chunksOf(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of source) found.push(each);
  return found;
}

for (const size of [1, 2, 3, 7, 1000]) {
  test(`linesOf(): blank lines are skipped and counted, chunks of ${size}`, async () => {
    const lines = await all(linesOf(chunksOf('{"ä":1}\r\n\n  \nb€\n\nc', size), 100));
    assert.deepEqual(lines, [
      { number: 1, text: '{"ä":1}\r' },
      { number: 4, text: "b€" },
      { number: 6, text: "c" },
    ]);
  });

  test(`linesOf(): a bad line spoils only itself, chunks of ${size}`, async () => {
    const body = new Uint8Array([...new TextEncoder().encode("12345678901\nok\n"), 0xff, 0x0a, ...new TextEncoder().encode("1234567890")]);
    const lines = await all(linesOf(chunksOf(body, size), 10));
    assert.deepEqual(lines, [
      { number: 1, wrong: "line-too-long" },
      { number: 2, text: "ok" },
      { number: 3, wrong: "invalid-encoding" },
      { number: 4, text: "1234567890" },
    ]);
  });
}

test("linesOf(): an empty body has no line", async () => assert.deepEqual(await all(linesOf(chunksOf("", 1), 10)), []));

test("batchSize(): fewer lines the dearer the hash, and the calls stay below 500", () => {
  assert.equal(batchSize(4096), 500);
  assert.equal(batchSize(10_000), 500);
  assert.equal(batchSize(20_000), 250);
  assert.equal(batchSize(100_000), 50);
  assert.isAtMost(Math.ceil(MAX_LINES / batchSize(100_000)), 500);
});

test("take(): each mistake has its code and names the line as far as it can", () => {
  const results = [
    take({ number: 1, text: "{" }, 1),
    take({ number: 2, text: '{"kind":"user","id":"a","role":"x"}' }, 2),
    take({ number: 3, text: "[]" }, 3),
    take({ number: 4, wrong: "line-too-long" }, 4),
    take({ number: 5, wrong: "invalid-encoding" }, 5),
    take({ number: 6, text: "{}" }, MAX_LINES + 1),
  ].map((taken) => ("refused" in taken ? taken.refused : undefined));
  assert.deepEqual(
    results.map((result) => result?.code),
    ["malformed-json", "invalid-line", "invalid-line", "line-too-long", "invalid-encoding", "too-many-lines"],
  );
  assert.deepInclude(results[1], { line: 2, kind: "user", id: "a", status: "error", detail: "#/role must be one of agent, supervisor, publisher, admin" });
});

/** A directory that answers each line by its id, `atOnce` of them in a call; `tells`: what its further calls answer. */
function directoryOf(answer: (line: ImportLine) => ImportResult, atOnce = 500, tells: { untried: number; unanswered: number }[] = []) {
  const calls: string[][] = [];
  let told = 0;
  const importLines = async ({ lines }: { lines: readonly ImportLine[] }) => {
    const taken = lines.slice(0, atOnce);
    calls.push(taken.map(({ id }) => id));
    if (taken.some(({ id }) => id === "crash")) throw new Error("gone");
    return taken.map(answer);
  };
  const tell = async () => tells[Math.min(told++, tells.length - 1)] ?? { untried: 0, unanswered: 0 };
  return { calls, told: () => told, directory: () => ({ importLines, tell }) };
}
const CREATED: ImportResult = { outcome: "created", inForce: true };

async function* linesNamed(...ids: readonly string[]): AsyncGenerator<Line> {
  for (const [at, id] of ids.entries()) yield { number: at + 1, text: id === "bad" ? "{" : JSON.stringify({ kind: "team", id }) };
}
const summary = (results: readonly (readonly LineResult[])[]) => results.map((batch) => batch.map(({ line, status, code }) => `${line} ${code ?? status}`));

test("importAll(): one result per line in order, a batch at a time, bad lines not sent", async () => {
  const { calls, directory } = directoryOf(({ id }) => (id === "x" ? { outcome: "refused", code: "unknown-member", detail: "d" } : CREATED));
  const results = await all(importAll(linesNamed("a", "bad", "x", "bad", "b"), { directory, size: 3 }));
  assert.deepEqual(summary(results), [
    ["1 created", "2 malformed-json", "3 unknown-member"],
    ["4 malformed-json", "5 created"],
  ]);
  assert.deepEqual(calls, [["a", "x"], ["b"]]);
});

test("importAll(): nothing is called for bad lines only", async () => {
  const { calls, directory } = directoryOf(() => CREATED);
  await all(importAll(linesNamed("bad", "bad"), { directory, size: 2 }));
  assert.deepEqual(calls, []);
});

test("importAll(): a call that fails refuses its lines and the import goes on", async () => {
  const { directory } = directoryOf(() => CREATED);
  const results = await all(importAll(linesNamed("a", "crash", "b"), { directory, size: 2 }));
  assert.deepEqual(summary(results), [["1 unavailable", "2 unavailable"], ["3 created"]]);
});

test("importAll(): long lines make small batches", async () => {
  const { calls, directory } = directoryOf(() => CREATED);
  const member = "m".repeat(1_000_000);
  async function* long(): AsyncGenerator<Line> {
    for (let number = 1; number <= 9; number++) yield { number, text: JSON.stringify({ kind: "team", id: String(number), members: [member] }) };
  }
  await all(importAll(long(), { directory, size: 500 }));
  assert.deepEqual(
    calls.map(({ length }) => length),
    [5, 4],
  );
});

test("importAll(): a call that takes fewer lines is followed by one with the rest, each line once", async () => {
  const { calls, directory } = directoryOf(() => CREATED, 2);
  const results = await all(importAll(linesNamed("a", "b", "c", "d", "e"), { directory, size: 5 }));
  assert.deepEqual(calls, [["a", "b"], ["c", "d"], ["e"]]);
  assert.deepEqual(summary(results), [["1 created", "2 created", "3 created", "4 created", "5 created"]]);
});

test("importAll(): a directory that takes nothing is not asked for ever", async () => {
  const { directory } = directoryOf(() => CREATED, 0);
  assert.deepEqual(summary(await all(importAll(linesNamed("a"), { directory, size: 5 }))), [["1 unavailable"]]);
});

const LATE: ImportResult = { outcome: "updated", inForce: false };
const inForceOf = (results: readonly (readonly LineResult[])[]) => results.flat().map(({ inForce }) => inForce);

test("importAll(): sessions are told by further calls until all have it", async () => {
  const { told, directory } = directoryOf(() => LATE, 500, [
    { untried: 300, unanswered: 0 },
    { untried: 0, unanswered: 0 },
  ]);
  assert.deepEqual(inForceOf(await all(importAll(linesNamed("a", "b"), { directory, size: 5 }))), [true, true]);
  assert.equal(told(), 2);
});

test("importAll(): however many sessions each line concerns, an import makes no more than 500 calls", async () => {
  let [calls, lines] = [0, 0];
  const importLines = async (request: { lines: readonly ImportLine[]; later?: boolean }) => {
    calls++;
    const taken = request.later ? request.lines : request.lines.slice(0, 1);
    lines += taken.length;
    return taken.map(() => LATE);
  };
  const tell = async () => {
    calls++;
    return { untried: 0, unanswered: 0 };
  };
  const ids = Array.from({ length: MAX_LINES }, (_, n) => String(n));
  const results = await all(importAll(linesNamed(...ids), { directory: () => ({ importLines, tell }), size: batchSize(10_000) }));
  assert.equal(lines, MAX_LINES);
  assert.equal(results.flat().length, MAX_LINES);
  assert.isAtMost(calls, 500);
});

test("importAll(): what sessions did not take over is said, after a bounded number of calls", async () => {
  for (const [tells, calls] of [
    [{ untried: 0, unanswered: 1 }, 1],
    [{ untried: 1, unanswered: 0 }, 20],
  ] as const) {
    const { told, directory } = directoryOf(() => LATE, 500, [tells]);
    assert.deepEqual(inForceOf(await all(importAll(linesNamed("a"), { directory, size: 5 }))), [false]);
    assert.equal(told(), calls);
  }
});
