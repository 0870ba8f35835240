/** Who reads what it is sent, and who only sends (docs/protocol.md: Dead peers). */
import { describe, expect, test } from "vitest";
import { Patience } from "../../../durable/protocol/patience.ts";
import { Reading } from "../../../durable/protocol/reading.ts";

const LENGTH = 2_097_152;
const RATE = 65_536;
const BURST = 1_048_576;
const MOMENT = 3000;

interface Client {
  /** Milliseconds between two frames of it; 0: it says nothing. */
  readonly says: number;
  /** Does it answer the probe of this number, from 1? */
  readonly answers?: (probe: number) => boolean;
  /** Answered a probe before. */
  readonly known?: boolean;
}

interface Load {
  readonly total: number;
  readonly each: number;
  /** Milliseconds between two. */
  readonly every: number;
}

/** Sends a client so much; answers how many characters it had been sent when it was taken to stall, and the probes. */
function run(
  { says, answers = () => false, known = false }: Client,
  { total, each, every }: Load,
): { readonly stalled: number | null; readonly probes: number } {
  let now = 0;
  let heardAt = 0;
  let hasAnswered = known;
  let probes = 0;
  const reading = new Reading(now);
  const patience = new Patience();
  for (let sent = each; sent <= total; sent += each) {
    now += every;
    if (says > 0 && now - heardAt >= says) {
      reading.heard(now, RATE);
      heardAt = now;
    }
    reading.sent(each);
    const owing = reading.judge({ answers: hasAnswered, length: LENGTH, burst: BURST });
    if (patience.isOver(owing, { now, moment: MOMENT })) return { stalled: sent, probes };
    if (!reading.isToBeProbed(reading.unread(hasAnswered), LENGTH)) continue;
    const name = reading.probed(`probe-${++probes}`);
    if (!answers(probes)) continue;
    reading.heard(now, RATE);
    if (reading.answered(name)) patience.progressed();
    hasAnswered = true;
  }
  return { stalled: null, probes };
}

const SLOW_FLOOD = { total: 20e6, each: 50_000, every: 250 };
const FLOOD = { total: 400e6, each: 50_000, every: 5 };

describe("Reading", () => {
  test("a client that is silent and never answered is taken to stall a moment after it has passed the bound", () => {
    const { stalled } = run({ says: 0 }, SLOW_FLOOD);
    expect(stalled).toBeGreaterThan(LENGTH);
    expect(stalled).toBeLessThan(LENGTH + (MOMENT / SLOW_FLOOD.every + 2) * SLOW_FLOOD.each);
  });

  test("and at once where it is sent more than comes at once", () => {
    expect(run({ says: 0 }, FLOOD).stalled).toBe(Math.ceil((LENGTH + BURST) / 50_000) * 50_000);
  });

  test("one that answered before, and leaves a probe unanswered, stalls likewise, whatever else it says", () => {
    expect(run({ says: 10, known: true }, FLOOD).stalled).toBe(Math.ceil((LENGTH + BURST) / 50_000) * 50_000);
    const { stalled } = run({ says: 10, answers: (probe) => probe <= 3 }, FLOOD);
    expect(stalled).toBeLessThan(4 * LENGTH + 3 * LENGTH);
  });

  test("one that never answered, and goes on to send, stalls at four times the bound", () => {
    const { stalled } = run({ says: 100 }, FLOOD);
    expect(stalled).toBeGreaterThan(4 * LENGTH);
    expect(stalled).toBeLessThan(4.1 * LENGTH + RATE);
  });

  test("one that answers its probes may be sent anything", () => {
    const { stalled, probes } = run({ says: 0, answers: () => true }, FLOOD);
    expect(stalled).toBe(null);
    expect(probes).toBeLessThan(400e6 / (LENGTH / 5));
  });

  test("one that leaves a probe unanswered now and then is asked again, and stays", () => {
    expect(run({ says: 1000, answers: (probe) => probe % 3 !== 2 }, FLOOD).stalled).toBe(null);
  });

  test("a desktop that pings and never answers probes is left alone through a busy day: 3 KB eight times a second", () => {
    expect(run({ says: 10_000 }, { total: 8 * 3600 * 24_000, each: 3000, every: 125 }).stalled).toBe(null);
  });

  test("an answer to another probe, or a guess at one, shows nothing", () => {
    const reading = new Reading(0);
    reading.sent(1000);
    expect(reading.probed("first")).toBe("first");
    reading.sent(500);
    expect(reading.probed("second")).toBe("first");
    reading.answered("second");
    expect(reading.unread(true)).toBe(1500);
    reading.answered("first");
    expect(reading.unread(true)).toBe(500);
    reading.answered("");
    expect(reading.unread(true)).toBe(500);
  });
});
