/**
 * I1 to I8 under a seeded model: calls late, lost, repeated and reordered, crashes, sleep, evictions, cut sockets.
 *
 * Here a few seeds, and each rule by the seed that needs it; many seeds are in `model_seeds_test.ts`.
 */
import { expect, test } from "vitest";
import { account, runSeed } from "./model.ts";
import type { Rule } from "./rules.ts";
import type { TemperName } from "./tempers.ts";

test("I1 to I8 hold in the first seeds", async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const { violation } = await runSeed(seed);
    if (violation) expect.fail(await account(seed));
  }
});

test("I1 to I8 hold in the first seeds where positions of memory logs are stored", async () => {
  for (let seed = 1; seed <= 15; seed++) {
    const { violation } = await runSeed(seed, new Set(), undefined, { positions: true });
    if (violation) expect.fail(await account(seed, new Set(), 60, { positions: true }));
  }
});

test("I1 breaks where the row of a stored position is written after its item went out", async () => {
  expect((await runSeed(1, new Set(["position-before-answer"] as const), "epochs", { positions: true })).violation?.invariant).toBe("I1");
});

/** Rules of docs/protocol.md, and a seed, of the temper given or of its own, in which an invariant breaks when the rule is switched off. */
const NEEDED: readonly (readonly [Rule, string, number, TemperName?])[] = [
  ["attachment-after-send", "I1", 2, "narrow"],
  ["repeat-noted", "I1", 75, "sleep"],
  ["row-before-bind", "I5", 25, "narrow"],
  ["row-until-ended", "I5", 1160],
  ["orphans-reported", "I5", 1, "restless"],
  ["orphans-soon", "I5", 4, "laggard"],
  ["ended-remembered", "I5", 65, "tardy"],
  ["bind-younger-than-session", "I5", 745],
  ["ended-names-generation", "I4", 35],
  ["bind-replaces-holder", "I4", 1, "restless"],
  ["bound-once", "I4", 19, "restless"],
  ["end-retried", "I4", 17, "reborn"],
  ["end-before-bind", "I4", 179, "calm"],
  ["stream-current", "I4", 1, "restless"],
  ["pending-holds", "I3", 6, "narrow"],
  ["answer-before-items", "I2", 6, "narrow"],
  ["position-after-subscribe", "I2", 2, "narrow"],
  ["pending-is-wanted", "I3", 182, "reborn"],
  ["pending-stays", "I2", 18, "calm"],
  ["missed-asks-anew", "I3", 219, "narrow"],
  ["subscribe-asks", "I3", 254, "sleep"],
  ["intents-counted", "I3", 191, "restless"],
  ["failed-join-is-error", "I3", 23, "epochs"],
  ["drop-old", "I1", 1, "restless"],
  ["prev-checked", "I3", 4, "laggard"],
  ["epoch-from-first", "I3", 8, "reborn"],
  ["unwanted-join-number", "I3", 242, "calm"],
  ["retry-same-batch", "I3", 324, "sleep"],
  ["queue-apart-from-gaps", "I3", 223, "reborn"],
  ["held-is-bounded-by-refusing", "I3", 2483, "narrow"],
  ["lost-marked", "I3", 37, "epochs"],
  ["lost-breaks-chain", "I3", 377, "storm"],
  ["answer-waits", "I3", 30, "reborn"],
  ["host-knows-ids", "I1", 63, "narrow"],
  ["manager-knows-ids", "I1", 23, "epochs"],
  ["carried-again", "I3", 96, "sleep"],
  ["carried-in-time", "I3", 135, "narrow"],
  ["replay-waits", "I3", 36, "epochs"],
  ["audit", "I3", 62, "anything"],
  ["since-not-lost", "I3", 1, "sleep"],
  ["lost-until-past", "I3", 902],
  ["lower-rights-asked-again", "I6", 1075],
  ["rights-keep", "I6", 306, "calm"],
  ["rights-spare-newer", "I3", 215, "rights"],
  ["rights-retried", "I6", 239, "sleep"],
  ["held-in-order", "I3", 106, "handed"],
  // Resume
  ["count-attached", "I1", 47, "resume"],
  ["behind-marked", "I3", 157, "asleep"],
  ["reminded", "I3", 10, "handed"],
  ["listens-as-it-did", "I1", 145, "handed"],
  ["claimed-anew", "I3", 125, "handed"],
  ["both-ways-dropped", "I1", 4, "handed"],
  ["past-the-snapshot", "I1", 1, "handed"],
  ["start-at-snapshot", "I3", 159, "handed"],
  ["left-remembered", "I1", 3139, "returning"],
  ["since-in-holders-name-if-exact", "I3", 149, "handed"],
  ["reset-fails", "I3", 39, "handed"],
  ["handed-over-asks", "I1", 61, "handed"],
  ["woken-asks", "I6", 29, "handed"],
  ["row-before-moved", "I5", 42, "handed"],
  ["old-socket-ended", "I4", 4, "handed"],
  ["row-follows", "I3", 39, "handed"],
  ["joins-before-handover", "I3", 1780, "handed"],
  ["epoch-of-the-join", "I3", 3034, "handed"],
  ["handover-detaches", "I2", 30, "handed"],
  ["handover-waits", "I2", 2, "handed"],
  ["claim-highest-only", "I4", 337, "moving"],
  ["holder-withdraws-claim", "I4", 331, "moving"],
  ["moved-withdrawn-by-ended", "I5", 257, "moving"],
  ["moved-rights-checked", "I6", 284, "moving"],
  ["rights-while-catching-up", "I6", 1758, "revoked"],
  ["revoke-blanks", "I6", 37, "revoked"],
  ["claim-blanks", "I6", 55, "revoked"],
];

for (const [rule, invariant, seed, temper] of NEEDED) {
  test(`${invariant} breaks without the rule ${rule}`, async () => {
    expect((await runSeed(seed, new Set([rule]), temper)).violation?.invariant).toBe(invariant);
  });
}
