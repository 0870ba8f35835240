/**
 * Many users and teams at once: `POST /api/v1/import`, one JSON object per line in and one result per line out.
 *
 * Both bodies are streams: a batch of lines is in force before its results are written, and only then is more read.
 *
 * @module
 */

import type { DirectoryCalls, ImportLine, ImportResult } from "../../durable/contract.ts";
import { CONTRACT, directoryOf, logFault } from "../../durable/stubs.ts";
import { type DoorContext, domainOf, requireType } from "../request.ts";
import { doorSettings } from "../settings.ts";
import { decodeLine, sentenceOf } from "./decode.ts";
import { type Line, linesOf } from "./lines.ts";

export const MAX_LINES = 10_000;
const MAX_LINE_BYTES = 1_048_576;
/** Lines, and characters of them, of one call; the lines for passwords hashed `CHEAP_ITERATIONS` times. */
const MAX_BATCH_LINES = 500;
const MAX_BATCH_TEXT = 4_194_304;
const CHEAP_ITERATIONS = 10_000;
/** Further calls to bring one batch into force. */
const MAX_TELLS = 20;
/** Calls of one import, after which its lines are told to their sessions later: an invocation may make no more than 500. */
const MAX_CALLS = 400;

/** Lines of a batch: so many that hashing their passwords keeps an object busy for some 1.2 s. */
export function batchSize(iterations: number): number {
  return Math.max(20, Math.min(MAX_BATCH_LINES, Math.floor((MAX_BATCH_LINES * CHEAP_ITERATIONS) / iterations)));
}

/** What became of one line, as it is written out. */
export interface LineResult {
  readonly line: number;
  readonly kind?: string;
  readonly id?: string;
  readonly status: "created" | "updated" | "unchanged" | "error";
  readonly inForce?: boolean;
  readonly code?: string;
  readonly detail?: string;
}

/** Imports users and teams; each line is accepted or refused on its own. */
export async function importLines(c: DoorContext): Promise<Response> {
  const directory = () => directoryOf(c.env, domainOf(c));
  directory(); // an unknown domain is refused before the answer begins
  requireType(c, "application/x-ndjson", "application/ndjson");
  const lines = linesOf((c.req.raw.body ?? []) as AsyncIterable<Uint8Array>, MAX_LINE_BYTES);
  const results = importAll(lines, { directory, size: batchSize(doorSettings(c.env).SCRAM_ITERATIONS) });
  return new Response(streamOf(results), { headers: { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" } });
}

/** One line on its way: decoded, or refused here already. */
type Taken = { readonly number: number; readonly input: ImportLine } | { readonly refused: LineResult };

interface Importing {
  /** A new stub each time: one is broken after many errors. */
  directory(): Pick<DirectoryCalls, "importLines" | "tell">;
  readonly size: number;
}

/** The Directory, with what may still be asked of it. */
interface Calls {
  readonly directory: Importing["directory"];
  /** True: what is left is to be done with as few calls as can be. */
  isSpent(): boolean;
}

/** Yields the results of a stream of lines, batch by batch and in order. */
export async function* importAll(lines: AsyncIterable<Line>, { directory, size }: Importing): AsyncGenerator<readonly LineResult[]> {
  const counted = { calls: 0 };
  const called = () => {
    counted.calls++;
    return directory();
  };
  const importing: Calls = { directory: called, isSpent: () => counted.calls >= MAX_CALLS };
  let batch: Taken[] = [];
  let length = 0;
  let count = 0;
  for await (const line of lines) {
    batch.push(take(line, ++count));
    length += line.text?.length ?? 0;
    if (batch.length < size && length < MAX_BATCH_TEXT) continue;
    yield await send(batch, importing);
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield await send(batch, importing);
}

/** Decodes a line; `count`: the how manieth it is that is not blank. */
export function take({ number, text, wrong }: Line, count: number): Taken {
  const refuse = (code: string, detail: string, name: object = {}): Taken => ({ refused: { line: number, ...name, status: "error", code, detail } });
  if (count > MAX_LINES) return refuse("too-many-lines", `An import has at most ${MAX_LINES} lines`);
  if (wrong === "line-too-long") return refuse(wrong, `A line has at most ${MAX_LINE_BYTES} bytes`);
  if (wrong) return refuse(wrong, "The line is not UTF-8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (fault) {
    return refuse("malformed-json", (fault as Error).message);
  }
  const { value, errors } = decodeLine(json);
  return errors ? refuse("invalid-line", sentenceOf(errors), nameOf(json)) : { number, input: value };
}

/** Kind and id of a line that was refused, as far as it has them. */
function nameOf(json: unknown): { kind?: string; id?: string } {
  const { kind, id } = (typeof json === "object" && json !== null ? json : {}) as { kind?: unknown; id?: unknown };
  return { ...(typeof kind === "string" && { kind }), ...(typeof id === "string" && { id }) };
}

async function send(batch: readonly Taken[], calls: Calls): Promise<readonly LineResult[]> {
  const inputs = batch.flatMap((taken) => ("input" in taken ? [taken.input] : []));
  const answers = [...(await ask(inputs, calls))];
  return batch.map((taken) => ("refused" in taken ? taken.refused : resultOf(taken, answers.shift())));
}

/**
 * Sends lines until all are taken and in force: one call takes no more than concern as many sessions as it may tell.
 *
 * A call that fails tells nothing of its lines: they are refused with a code that says so, and the import goes on.
 */
async function ask(lines: readonly ImportLine[], calls: Calls): Promise<readonly ImportResult[]> {
  const results: ImportResult[] = [];
  try {
    while (results.length < lines.length) {
      const taken = await calls.directory().importLines({ v: CONTRACT, lines: lines.slice(results.length), later: calls.isSpent() });
      if (taken.length === 0) break;
      const waits = taken.some((result) => result.outcome !== "refused" && !result.inForce);
      results.push(...(waits ? await inForce(taken, calls) : taken));
    }
  } catch (fault) {
    logFault("door", "importLines", fault);
  }
  return results;
}

/** One line may concern more sessions than one call tells, such as a large team: the rest is told by further ones. */
async function inForce(taken: readonly ImportResult[], { directory, isSpent }: Calls): Promise<readonly ImportResult[]> {
  for (let calls = 0; calls < MAX_TELLS && !isSpent(); calls++) {
    const { untried, unanswered } = await directory().tell({ v: CONTRACT });
    if (untried > 0) continue;
    if (unanswered > 0) break;
    return taken.map((result) => (result.outcome === "refused" ? result : { ...result, inForce: true }));
  }
  return taken;
}

const UNANSWERED: ImportResult = { outcome: "refused", code: "unavailable", detail: "The Directory did not answer; send the line again" };

function resultOf({ number, input: { kind, id } }: Extract<Taken, { input: ImportLine }>, answer: ImportResult = UNANSWERED): LineResult {
  if (answer.outcome === "refused") return { line: number, kind, id, status: "error", code: answer.code, detail: answer.detail };
  return { line: number, kind, id, status: answer.outcome, inForce: answer.inForce };
}

/** Writes results as lines of JSON, a chunk per batch; the next batch is worked on when the reader wants it. */
function streamOf(results: AsyncGenerator<readonly LineResult[]>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await results.next();
      if (done) return controller.close();
      controller.enqueue(encoder.encode(value.map((result) => `${JSON.stringify(result)}\n`).join("")));
    },
    async cancel() {
      await results.return(undefined);
    },
  });
}
