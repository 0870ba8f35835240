/** When a peer is taken for dead. */
import { describe, expect, test } from "vitest";
import { heard, type Life, type LivenessTimes, verdictOn } from "../../../durable/protocol/liveness.ts";

const TIMES: LivenessTimes = { missedPingsMs: 30_000, probeAfterMs: 60_000, probeWaitMs: 30_000, deadAfterMs: 360_000 };
const S = 1000;

/** Runs a minute-by-minute peer for so long; answers when it was probed and when it was given up, in seconds. */
function run(peer: (second: number, probed: boolean) => "ping" | "answer" | "frame" | undefined, seconds: number) {
  const life: Life = { heardAt: 1, pingedAt: 0, pingEvery: 0, answers: 0, probedAt: 0 };
  const probes: number[] = [];
  for (let second = 0; second < seconds; second++) {
    const now = 1 + second * S;
    const said = peer(second, probes.at(-1) === second - 1);
    if (said) heard(life, now, said);
    const { verdict, next } = verdictOn(life, now, TIMES);
    if (verdict === "dead") return { probes, dead: second };
    expect(next).toBeGreaterThan(now);
    if (verdict === "probe") {
      life.probedAt = now;
      probes.push(second);
    }
  }
  return { probes, dead: undefined };
}

describe("verdictOn()", () => {
  test("a client that pings every 10 s is missed after 30 s, and probed before that", () => {
    const { probes, dead } = run((second) => (second % 10 === 0 && second <= 50 ? "ping" : undefined), 600);
    expect(dead).toBe(80);
    expect(probes).toEqual([70]);
  });

  test("a client that goes on to ping is never probed", () => {
    expect(run((second) => (second % 10 === 0 ? "ping" : undefined), 3600)).toEqual({ probes: [], dead: undefined });
  });

  test("a page that is put into the background pings once a minute, answers probes, and stays", () => {
    const { dead } = run(
      (second, probed) => (probed ? "answer" : second < 60 ? (second % 10 === 0 ? "ping" : undefined) : second % 60 === 0 ? "ping" : undefined),
      3600,
    );
    expect(dead).toBeUndefined();
  });

  test("a client that pings every minute is given three minutes", () => {
    expect(run((second) => (second % 60 === 0 && second <= 120 ? "ping" : undefined), 900).dead).toBe(120 + 180);
  });

  test("a client that only answers probes is probed each minute, and given up half a minute after one that it leaves unanswered", () => {
    const { probes, dead } = run((second, probed) => (probed && second < 200 ? "answer" : undefined), 900);
    expect(probes.slice(0, 3)).toEqual([60, 121, 182]);
    expect(dead).toBe(183 + 60 + 30);
  });

  test("of a client that never answered, silence says nothing for six minutes; any frame counts as life", () => {
    expect(run(() => undefined, 900).dead).toBe(360);
    expect(run((second) => (second === 300 ? "frame" : undefined), 900).dead).toBe(660);
  });

  test("two pings at once do not make a client one that pings all the time", () => {
    expect(run((second) => (second === 5 || second === 6 ? "ping" : second % 25 === 0 ? "frame" : undefined), 600).dead).toBeUndefined();
  });
});
