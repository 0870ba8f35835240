/**
 * The client of `client/` in Node, against the whole server: sockets cut, the server killed, the place taken, the password wrong.
 *
 * @module
 */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, test } from "vitest";

import { type ClientOptions, type Position, readPosition, type Store } from "../../client/mod.ts";
import { importAccounts, teamNode, userNode } from "./support/accounts.ts";
import { Desk } from "./support/desk.ts";
import { Proxy } from "./support/proxy.ts";
import { publish, update } from "./support/publish.ts";
import { DOMAIN, freePort, type Server, startServer } from "./support/server.ts";

const SYSTEM = "/finesse/api/SystemInfo";
/** Longer than the first wait of a reconnect: a client that has done nothing by then does nothing. */
const STAYS_OUT_MS = 2500;

const desks: Desk[] = [];
let server: Server;
let proxy: Proxy;
let folder = "";
let options: Record<string, string> = {};

function desk(more: Partial<ClientOptions> = {}): Desk {
  const made = new Desk({ url: proxy.url, jid: `7001@${DOMAIN}/desktop`, password: "pw-7001", ...more });
  desks.push(made);
  return made;
}

async function online(made: Desk): Promise<Desk> {
  made.client.connect();
  await made.is("online");
  return made;
}

async function tell(node: string, mark: string): Promise<Position> {
  const { status, body } = await publish(server, node, update(mark));
  assert.equal(status, 201, JSON.stringify(body));
  return readPosition(body.position ?? "") as Position;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deskwire-client-"));
  options = { PORT: String(await freePort()), DATA_DIR: folder, LOCKOUT_FAILURES: "0" };
  server = await startServer(options);
  proxy = await Proxy.start(server);
  await importAccounts(server);
});
afterEach(() => {
  for (const { client } of desks.splice(0)) client.close();
});
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe("XEP-0198 §5", () => {
  test("a cut socket: the stream is resumed, nothing is lost and nothing comes twice", async () => {
    const ada = await online(desk({ steadyMs: 0 }));
    assert.deepEqual(await Promise.all([ada.follow(teamNode("42")), ada.follow(userNode("7001"))]), [true, true]);
    const expected: string[] = [];
    for (let round = 0; round < 5; round++) {
      const resumed = ada.kinds().filter((kind) => kind === "resumed").length;
      for (const when of ["before", "during"] as const) {
        // Cut while these are on their way, so that some are sent and not acknowledged.
        const told = Array.from({ length: 20 }, (_, n) => `${round}-${when}-${n}`);
        for (const mark of told) {
          await tell(teamNode("42"), mark);
          if (when === "before" && mark.endsWith("-10")) proxy.cut();
        }
        expected.push(...told);
      }
      await ada.until(() => ada.kinds().filter((kind) => kind === "resumed").length > resumed, "resumed");
    }
    await ada.until(() => ada.marks(teamNode("42")).length >= expected.length, "all of them");
    await tell(userNode("7001"), "last");
    await ada.until(() => ada.marks(userNode("7001")).length > 0, "the last");
    assert.deepEqual(ada.marks(teamNode("42")), expected);
    assert.equal(ada.kinds().filter((kind) => kind === "online").length, 1, "never bound anew");
    assert.deepEqual(ada.gaps, []);
  });

  test("cut again and again as soon as it is back, it never waits longer: a stream that has to wait fills up", async () => {
    const ada = await online(desk());
    for (let round = 1; round <= 5; round++) {
      proxy.cut();
      await ada.until(() => ada.kinds().filter((kind) => kind === "resumed").length === round, "resumed");
    }
    const waits = ada.states.flatMap((state) => (state.kind === "reconnecting" ? [state.in] : []));
    assert.ok(waits.length >= 5 && waits.every((wait) => wait <= 1000), waits.join());
  });

  test("a new stream that is cut at once after many attempts is waited for four seconds, no longer", async () => {
    const ada = desk();
    let attempts = 0;
    ada.client.on("frame", ({ direction, text }) => {
      if (direction === "out" && text.startsWith("<auth") && ++attempts <= 3) proxy.cut();
    });
    await online(ada);
    assert.equal(attempts, 4);
    proxy.cut();
    await ada.is("reconnecting");
    const { state } = ada.client;
    assert.ok(state.kind === "reconnecting" && state.in >= 2000 && state.in <= 4000, JSON.stringify(state));
  });

  for (const sent of ["<bind ", "<enable ", "<presence"]) {
    test(`§3 the socket breaks as ${sent} goes out: the next one gets through`, async () => {
      const ada = desk();
      const joined = ada.follow(teamNode("42"));
      let isCut = false;
      ada.client.on("frame", ({ direction, text }) => {
        if (isCut || direction === "in" || !text.includes(sent)) return;
        isCut = true;
        proxy.cut();
      });
      ada.client.connect();
      await ada.until(() => isCut && ada.kinds().includes("reconnecting"), "the cut");
      await ada.until(() => ["online", "resumed"].includes(ada.client.state.kind), "back");
      assert.equal(await joined, true);
    });
  }

  test("what was asked before the cut is answered after it", async () => {
    const ada = await online(desk());
    proxy.hold();
    const joined = ada.follow(teamNode("42"));
    proxy.cut();
    await ada.is("resumed");
    assert.equal(await joined, true);
    await tell(teamNode("42"), "after-all");
    await ada.until(() => ada.marks(teamNode("42")).includes("after-all"), "the item");
    assert.deepEqual(ada.marks(teamNode("42")), ["after-all"]);
  });

  test("a reload: another client goes on with what the first one put into the store", async () => {
    const kept = new Map<string, string>();
    const store: Store = {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
    const before = await online(desk({ store }));
    await before.follow(teamNode("42"));
    await tell(teamNode("42"), "seen");
    await before.until(() => before.items.length === 1, "the first");
    const { keys } = before.client;
    assert.ok(keys, "SCRAM was used");
    assert.equal(before.client.suspend(), true);
    assert.ok(!kept.get("deskwire")?.includes("pw-7001"), "no password is kept");
    await tell(teamNode("42"), "meanwhile");
    const after = desk({ store, password: keys });
    assert.equal(kept.size, 0, "a state is taken once");
    const joined = after.follow(teamNode("42"));
    after.client.connect();
    await after.is("resumed");
    assert.equal(await joined, true);
    await after.until(() => after.items.length === 1, "what came meanwhile");
    // Followed later than it came: the log has it.
    await tell(userNode("7001"), "late");
    await tell(teamNode("42"), "live");
    await after.until(() => after.marks(teamNode("42")).length === 2, "live");
    assert.deepEqual(after.marks(teamNode("42")), ["meanwhile", "live"]);
    assert.ok(!after.frames.some((frame) => frame.includes("<subscribe")), "nothing is subscribed anew");
    assert.deepEqual(after.gaps, []);
  });
});

describe("the stream is gone", () => {
  test("killed with a memory log and a stored one: the stored one loses nothing, the other tells a gap that holds the loss", async () => {
    const ada = await online(desk());
    await Promise.all([teamNode("42"), userNode("7001"), SYSTEM].map((node) => ada.follow(node)));
    await tell(teamNode("42"), "had");
    await tell(SYSTEM, "had");
    await ada.until(() => ada.items.length === 2, "both");
    const had = ada.items.find(({ node }) => node === teamNode("42"))?.position as Position;
    proxy.block();
    await ada.is("reconnecting");
    const lost = [await tell(teamNode("42"), "lost-1"), await tell(teamNode("42"), "lost-2")];
    for (const mark of ["kept-1", "kept-2", "kept-3"]) await tell(SYSTEM, mark);
    await server.stop("SIGKILL");
    server = await startServer(options);
    const next = await tell(teamNode("42"), "next");
    await tell(SYSTEM, "kept-4");
    proxy.open();
    await ada.until(() => ada.kinds().filter((kind) => kind === "online").length === 2, "bound anew");
    await ada.until(() => ada.marks(SYSTEM).includes("kept-4") && ada.marks(teamNode("42")).includes("next"), "caught up");
    await tell(teamNode("42"), "live");
    await tell(SYSTEM, "live");
    await ada.until(() => ada.marks(SYSTEM).includes("live") && ada.marks(teamNode("42")).includes("live"), "live again");
    assert.deepEqual(ada.marks(SYSTEM), ["had", "kept-1", "kept-2", "kept-3", "kept-4", "live"]);
    assert.deepEqual(ada.marks(teamNode("42")), ["had", "next", "live"]);
    const gap = ada.gaps.find(({ node }) => node === teamNode("42"));
    assert.deepEqual(gap, { node: teamNode("42"), after: had, before: next });
    for (const { epoch, seq } of lost) assert.ok(epoch === had.epoch && seq > had.seq && epoch < next.epoch, "the loss lies between the bounds");
    assert.ok(!ada.gaps.some(({ node }) => node === SYSTEM), "no gap where nothing was lost");
    assert.equal(ada.gaps.filter(({ node }) => node === teamNode("42")).length, 1);
  });

  test("XEP-0059 §2.2 more than a page was missed: all of it comes, in order, with what comes live meanwhile", async () => {
    const ada = await online(desk());
    await ada.follow(teamNode("42"));
    await tell(teamNode("42"), "first");
    await ada.until(() => ada.items.length === 1, "the first");
    // Ends the stream, and keeps where the node stands.
    ada.client.close();
    const expected = Array.from({ length: 130 }, (_, n) => `missed-${n}`);
    for (const mark of expected) await tell(teamNode("42"), mark);
    ada.client.connect();
    await ada.is("online");
    for (const mark of Array.from({ length: 30 }, (_, n) => `live-${n}`)) {
      expected.push(mark);
      await tell(teamNode("42"), mark);
    }
    await ada.until(() => ada.marks(teamNode("42")).includes("live-29"), "the last");
    assert.deepEqual(ada.marks(teamNode("42")), ["first", ...expected]);
    assert.deepEqual(ada.gaps, []);
    assert.ok(ada.frames.filter((frame) => /^out .*<after/.test(frame)).length >= 2, "in pages");
  });

  test("the log does not reach back: a gap within one life of it, then all that it has", async () => {
    const ada = await online(desk());
    await ada.follow(teamNode("42"));
    const had = await tell(teamNode("42"), "had");
    await ada.until(() => ada.items.length === 1, "the first");
    ada.client.close();
    const told: Position[] = [];
    for (let n = 0; n < 300; n++) told.push(await tell(teamNode("42"), `n-${n}`));
    ada.client.connect();
    await ada.until(() => ada.marks(teamNode("42")).includes("n-299"), "the last");
    const [gap] = ada.gaps;
    const first = ada.items[1]?.position as Position;
    assert.deepEqual(gap, { node: teamNode("42"), after: had, before: first });
    assert.deepEqual(
      ada.items.slice(1).map(({ position }) => position),
      told.slice(-256),
    );
  });

  test("killed, and nothing was published since: the gap ends where the new log begins, and is told once", async () => {
    const ada = await online(desk({ jid: `lead1@${DOMAIN}/desktop`, password: "pw-lead1" }));
    await ada.follow(userNode("7003"));
    const had = await tell(userNode("7003"), "had");
    await ada.until(() => ada.items.length === 1, "the first");
    ada.client.close();
    const lost = await tell(userNode("7003"), "lost");
    await server.stop("SIGKILL");
    server = await startServer(options);
    ada.client.connect();
    await ada.until(() => ada.gaps.length > 0, "a gap");
    const [gap] = ada.gaps;
    assert.deepEqual(gap, { node: userNode("7003"), after: had, before: { epoch: gap?.before?.epoch, seq: 1 } });
    assert.ok(lost.seq > had.seq && (gap?.before?.epoch ?? 0) > lost.epoch);
    ada.client.close();
    ada.client.connect();
    await ada.is("online");
    const next = await tell(userNode("7003"), "next");
    await ada.until(() => ada.items.length === 2, "the next");
    assert.deepEqual(next, gap?.before, "exclusive bounds");
    assert.equal(ada.gaps.length, 1);
  });
});

describe("no way back", () => {
  test("RFC 6120 §4.9.3.3 conflict: it stays out until it is told otherwise", async () => {
    const first = await online(desk());
    await first.follow(teamNode("42"));
    const second = await online(desk());
    await first.is("elsewhere");
    await tell(teamNode("42"), "while-out");
    await sleep(STAYS_OUT_MS);
    assert.equal(first.client.state.kind, "elsewhere");
    assert.equal(second.client.state.kind, "online");
    assert.equal(first.client.suspend(), false, "nor does a reload take the place back");
    assert.equal(first.client.state.kind, "elsewhere");
    first.client.connect();
    await first.is("online");
    await second.is("elsewhere");
    await first.until(() => first.marks(teamNode("42")).includes("while-out"), "what was published meanwhile");
  });

  test("RFC 6120 §6.5.10 a wrong password is refused, once", async () => {
    const ada = desk({ password: "wrong" });
    ada.client.connect();
    await ada.is("refused");
    assert.deepEqual(ada.client.state, { kind: "refused", condition: "not-authorized", revoked: false });
    await sleep(STAYS_OUT_MS);
    assert.deepEqual(ada.kinds(), ["connecting", "refused"]);
  });

  test("RFC 6120 §4.4 its own close ends the stream for good", async () => {
    const ada = await online(desk());
    ada.client.close();
    await sleep(STAYS_OUT_MS);
    assert.equal(ada.client.state.kind, "closed");
    assert.ok(ada.frames.length > 0 && ada.client.saved().stream === null);
    ada.client.connect();
    await ada.is("online");
    assert.ok(!ada.frames.some((frame) => frame.startsWith("out <resume")), "there is nothing to resume");
  });

  test("XEP-0060 §6.1.3 a node of another team is denied, and the others are heard", async () => {
    const ada = await online(desk());
    assert.deepEqual(await Promise.all([ada.follow(teamNode("43")), ada.follow(teamNode("42"))]), [false, true]);
    assert.deepEqual(ada.denied, [teamNode("43")]);
  });

  test("XEP-0199 two pings without an answer: the socket is given up, the stream resumed", async () => {
    const ada = await online(desk({ pingMs: 300 }));
    await ada.follow(teamNode("42"));
    proxy.stall();
    await tell(teamNode("42"), "unheard");
    await ada.is("reconnecting");
    proxy.open();
    await ada.is("resumed");
    await ada.until(() => ada.items.length === 1, "what was published");
    assert.deepEqual(ada.marks(teamNode("42")), ["unheard"]);
  });
});
