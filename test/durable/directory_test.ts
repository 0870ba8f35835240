import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, assert, test, vi } from "vitest";
import type { ConnectionManager } from "../../durable/connection_manager.ts";
import type { ConnectionManagerCalls, Env, ImportLine, Role, UserRecord } from "../../durable/contract.ts";
import type { Directory } from "../../durable/directory.ts";
import { change } from "./support/settings.ts";
import { sessionsAnswer, sessionsAnswerAgain } from "./sessions.ts";

const env = bindings as unknown as Env;

/** A directory of a domain of its own. */
function directory() {
  const domain = `d${crypto.randomUUID().slice(0, 8)}.test`;
  const stub = env.DIRECTORY.getByName(domain);
  const user = (id: string, role: Role = "agent", more: { password?: string; name?: string } = { password: "pw" }) =>
    stub.putUser({ v: 1, user: { id, role, ...more } });
  const team = (id: string, members: readonly string[], supervisors: readonly string[] = [], name?: string) =>
    stub.putTeam({ v: 1, team: { id, members, supervisors, ...(name !== undefined && { name }) } });
  const record = async (local: string) => {
    const answer = await stub.record({ v: 1, jid: `${local}@${domain}` });
    return answer.known ? answer.record : null;
  };
  const written = async () => (await stub.stats({ v: 1 })).rowsWritten;
  const waiting = () =>
    runInDurableObject(stub, (_: Directory, state: DurableObjectState) => {
      const [row] = state.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM outbox").toArray();
      return row?.n ?? 0;
    });
  return { domain, stub, user, team, record, written, waiting };
}

afterEach(sessionsAnswerAgain);
const done = async () => ({ done: true });

test("putUser(): §Provisioning created, updated, and a repeat that writes no row", async () => {
  const { domain, user, written } = directory();
  const created = await user("Agent1", "agent", { password: "pw", name: "Ada" });
  assert.deepEqual(created, {
    outcome: "created",
    inForce: true,
    view: { id: "Agent1", jid: `agent1@${domain}`, role: "agent", name: "Ada", teams: [], supervises: [] },
  });
  const before = await written();
  for (const more of [{ password: "pw", name: "Ada" }, { password: "pw" }, {}])
    assert.deepInclude(await user("Agent1", "agent", more), { outcome: "unchanged", inForce: true });
  assert.equal(await written(), before);
  for (const [role, more] of [
    ["supervisor", {}],
    ["supervisor", { name: "Bea" }],
    ["supervisor", { password: "other" }],
  ] as const) {
    assert.deepInclude(await user("Agent1", role, more), { outcome: "updated" });
  }
});

test("putUser(): §Names ids that fold to one localpart are one user, whose first spelling stays", async () => {
  const { stub, user } = directory();
  await user("Agent1");
  const again = await user("AGENT1", "admin", {});
  assert.equal("view" in again && again.view.id, "Agent1");
  assert.equal((await stub.listUsers({ v: 1, limit: 10, cursor: null })).items.length, 1);
  assert.equal((await stub.getUser({ v: 1, id: "aGENT1" }))?.role, "admin");
});

test("putUser(): refusals have stable codes", async () => {
  const { user } = directory();
  const code = async (answer: ReturnType<typeof user>) => ((await answer) as { code?: string }).code;
  assert.equal(await code(user("new", "agent", {})), "password-required");
  for (const id of ["", "a b", "a@b", "a/b", "a\u0000", "x".repeat(1024)]) assert.equal(await code(user(id)), "invalid-id", JSON.stringify(id.slice(0, 20)));
  for (const password of ["", "a\u0000", "x".repeat(4097)]) assert.equal(await code(user("a", "agent", { password })), "invalid-password");
  assert.equal(await code(user("a", "boss" as Role)), "invalid-role");
  assert.equal(await code(user("a", "agent", { password: "p", name: "" })), "invalid-name");
  assert.equal(await code(user("a", "agent", { password: "x".repeat(4096) })), undefined);
});

test("putUser(): A-18 RFC 6120 §13.9.4 passwords shorter than MIN_PASSWORD, or like their user's id, are refused where it is set", async () => {
  const { stub, user, record } = directory();
  await user("before", "agent", { password: "short" });
  const putBack = await change({ MIN_PASSWORD: 8 });
  try {
    const weak = "password-too-weak";
    assert.include(await user("ada", "agent", { password: "1234567" }), {
      outcome: "refused",
      code: weak,
      detail: "Password must have 8 characters or more (MIN_PASSWORD)",
    });
    assert.include(await user("ada", "agent", { password: "\u{1f511}".repeat(7) }), { code: weak }); // characters, not units of UTF-16
    assert.include(await user("ada.moreno", "agent", { password: "Ada.Moreno" }), { code: weak, detail: "Password must not be the id of its user" });
    assert.isNull(await record("ada"));
    assert.include(await user("ada", "agent", { password: "12345678" }), { outcome: "created" });
    assert.include(await user("ada", "agent", { password: "x" }), { code: weak });
    // Who has a password keeps it, and may be changed otherwise.
    assert.include(await user("before", "supervisor", {}), { outcome: "updated" });
    const lines = ["1234567", "123456789"].map((password, at): ImportLine => ({ kind: "user", id: `line${at}`, role: "agent", password }));
    const results = await stub.importLines({ v: 1, lines });
    assert.deepEqual(
      results.map((line) => ("code" in line ? line.code : line.outcome)),
      [weak, "created"],
    );
  } finally {
    putBack();
  }
});

test("putTeam(): refusals name who is not there or may not supervise", async () => {
  const { user, team } = directory();
  await user("a");
  await user("s", "supervisor");
  assert.deepInclude(await team("42", ["a", "ghost", "no body"]), { outcome: "refused", code: "unknown-member", detail: "No such user: ghost, no body" });
  assert.deepInclude(await team("42", [], ["ghost"]), { code: "unknown-supervisor", detail: "No such user: ghost" });
  assert.deepInclude(await team("42", [], ["s", "a"]), { code: "not-a-supervisor" });
  for (const id of ["", "4/2", "a\n", "x".repeat(129)]) assert.deepInclude(await team(id, []), { code: "invalid-id" });
  assert.deepInclude(await team("42", ["A", "a", "s"], ["S"]), { outcome: "created", view: { id: "42", name: "42", members: ["a", "s"], supervisors: ["s"] } });
  assert.deepInclude(await user("s", "agent", {}), { code: "still-supervises" });
  assert.deepInclude(await user("s", "admin", {}), { outcome: "updated" });
});

test("putTeam(): a repeat writes no row, a name is nobody's right", async () => {
  const { user, team, record, written } = directory();
  await user("a");
  await user("s", "supervisor");
  await team("42", ["a"], ["s"], "Sales");
  const version = (await record("a"))?.version;
  const before = await written();
  assert.deepInclude(await team("42", ["a"], ["s"], "Sales"), { outcome: "unchanged", inForce: true });
  assert.deepInclude(await team("42", ["A", "a"], ["s"]), { outcome: "unchanged" });
  assert.equal(await written(), before);
  assert.deepInclude(await team("42", ["a"], ["s"], "Support"), { outcome: "updated" });
  assert.equal((await record("a"))?.version, version);
});

test("record(): §Provisioning has keys, teams, and the members of what the user supervises", async () => {
  const { user, team, record } = directory();
  await user("a");
  await user("B");
  await user("s", "supervisor");
  await team("42", ["a", "B"], ["s"]);
  await team("43", ["s"]);
  const found = (await record("s")) as UserRecord;
  assert.deepInclude(found, { id: "s", name: "s", role: "supervisor", teams: ["43"], supervises: [{ team: "42", members: ["a", "B"] }] });
  assert.deepEqual(Object.keys(found.keys), ["SHA-1", "SHA-256"]);
  assert.equal(found.keys["SHA-1"].iterations, 10_000);
});

test("record(): an unknown name has a salt that stays, and costs a row as a known one's first does", async () => {
  const { domain, stub, user, written } = directory();
  const ask = (jid: string) => stub.record({ v: 1, jid });
  const first = await ask(`ghost@${domain}`);
  await evictDurableObject(stub);
  assert.deepEqual(await ask(`ghost@${domain}`), first);
  assert.isFalse(first.known);
  assert.notDeepEqual(await ask(`other@${domain}`), first);
  await user("a");
  const rows = async (jid: string) => {
    const before = await written();
    await ask(jid);
    return (await written()) - before;
  };
  assert.equal(await rows(`a@${domain}`), await rows(`ghost@${domain}`));
  assert.isFalse((await ask("a@elsewhere.test")).known, "another domain's user");
});

test("rights: §Provisioning only sessions that have the record are told, with a version that rises", async () => {
  const { domain, user, team, record } = directory();
  const told = await sessionsAnswer(domain, done);
  for (const id of ["a", "b"]) await user(id);
  await user("s", "supervisor");
  const before = [await record("a"), await record("s")];
  assert.deepInclude(await team("42", ["a", "b"], ["s"]), { outcome: "created", inForce: true });
  assert.deepEqual(told.map(({ jid }) => jid).sort(), [`a@${domain}`, `s@${domain}`]);
  for (const push of told) {
    assert.equal(push.version, push.record?.version);
    assert.isAbove(push.version, Math.max(...before.map((each) => each?.version ?? 0)));
  }
  assert.deepEqual(told.find(({ jid }) => jid === `s@${domain}`)?.record?.supervises, [{ team: "42", members: ["a", "b"] }]);
  told.length = 0;
  await team("42", ["a"], ["s"]);
  assert.deepEqual(
    told.map(({ jid }) => jid),
    [`s@${domain}`],
    "whom b's leaving concerns: b was never asked for",
  );
});

test("rights: §Provisioning what is not done waits in the outbox, and the alarm tells it again", async () => {
  let isDone = false;
  const { domain, stub, user, record, waiting } = directory();
  const told = await sessionsAnswer(domain, async () => ({ done: isDone }));
  await user("a");
  await record("a");
  assert.deepInclude(await user("a", "supervisor", {}), { outcome: "updated", inForce: false });
  assert.equal(await waiting(), 1);
  assert.deepInclude(await user("a", "supervisor", {}), { outcome: "unchanged", inForce: false }, "a repeat asks how it stands");
  isDone = true;
  await runInDurableObject(stub, (_: Directory, state: DurableObjectState) => void state.storage.sql.exec("UPDATE outbox SET due = 0"));
  assert.isTrue(await runDurableObjectAlarm(stub));
  assert.equal(await waiting(), 0);
  assert.equal(told.length, 3);
  assert.deepInclude(await user("a", "supervisor", {}), { outcome: "unchanged", inForce: true });
});

test("rights: a session that fails delays nobody's change and is tried again later each time", async () => {
  const { domain, stub, user, record } = directory();
  await sessionsAnswer(domain, () => Promise.reject(new Error("out of order")));
  await user("a");
  await record("a");
  await user("a", "supervisor", {});
  const row = () =>
    runInDurableObject(stub, (_: Directory, state: DurableObjectState) =>
      state.storage.sql.exec<{ attempts: number; due: number }>("SELECT attempts, due FROM outbox").one(),
    );
  const first = await row();
  assert.equal(first.attempts, 1);
  await runInDurableObject(stub, (_: Directory, state: DurableObjectState) => void state.storage.sql.exec("UPDATE outbox SET due = 0"));
  await runDurableObjectAlarm(stub);
  const second = await row();
  assert.equal(second.attempts, 2);
  assert.isAtLeast(second.due, first.due + 900);
});

test("rights: §Provisioning at most 300 objects a run, the rest from the alarm", async () => {
  const { stub, domain, waiting } = directory();
  const told = await sessionsAnswer(domain, done);
  const ids = Array.from({ length: 310 }, (_, at) => `u${at}`);
  await stub.importLines({ v: 1, lines: ids.map((id): ImportLine => ({ kind: "user", id, password: "pw", role: "agent" })) });
  await Promise.all(ids.map((id) => stub.record({ v: 1, jid: `${id}@${domain}` })));
  const answer = await stub.putTeam({ v: 1, team: { id: "42", members: ids, supervisors: [] } });
  assert.deepInclude(answer, { outcome: "created", inForce: false });
  await vi.waitFor(async () => assert.equal(await waiting(), 10), { timeout: 20_000, interval: 100 });
  assert.equal(told.length, 300);
  await runInDurableObject(stub, (_: Directory, state: DurableObjectState) => void state.storage.sql.exec("UPDATE outbox SET due = 0"));
  await runDurableObjectAlarm(stub);
  assert.equal(await waiting(), 0);
  assert.equal(new Set(told.map(({ jid }) => jid)).size, 310);
}, 60_000);

test("deleteUser(): §Provisioning leaves its teams, its session is told null, its supervisors the new members", async () => {
  const { domain, stub, user, team, record } = directory();
  const told = await sessionsAnswer(domain, done);
  for (const id of ["a", "b"]) await user(id);
  await user("s", "supervisor");
  await team("42", ["a", "b"], ["s"]);
  for (const local of ["a", "b", "s"]) await record(local);
  const answer = await stub.deleteUser({ v: 1, id: "A" });
  assert.deepInclude(answer, { outcome: "deleted", inForce: true });
  const pushed = Object.fromEntries(told.map(({ jid, record: of }) => [jid, of === null ? null : of.supervises]));
  assert.deepEqual(pushed, { [`a@${domain}`]: null, [`s@${domain}`]: [{ team: "42", members: ["b"] }] });
  assert.deepEqual((await stub.getTeam({ v: 1, id: "42" }))?.members, ["b"]);
  assert.isNull(await record("a"));
  assert.deepEqual(await stub.deleteUser({ v: 1, id: "a" }), { outcome: "missing" });
});

test("deleteUser(): a user that comes back before its session heard of the end: the session hears of the new one", async () => {
  let isDone = false;
  const { domain, stub, user, record, waiting } = directory();
  const told = await sessionsAnswer(domain, async () => ({ done: isDone }));
  await user("a");
  await record("a");
  assert.deepInclude(await stub.deleteUser({ v: 1, id: "a" }), { outcome: "deleted", inForce: false });
  isDone = true;
  assert.deepInclude(await user("a", "admin"), { outcome: "created", inForce: true });
  assert.equal(told.at(-1)?.record?.role, "admin");
  assert.isAbove(told.at(-1)?.version ?? 0, told[0]?.version ?? 0);
  assert.equal(await waiting(), 0);
});

test("deleteTeam(): §Provisioning members and supervisors are told", async () => {
  const { domain, stub, user, team, record } = directory();
  const told = await sessionsAnswer(domain, done);
  await user("a");
  await user("s", "supervisor");
  await team("42", ["a"], ["s"]);
  for (const local of ["a", "s"]) await record(local);
  assert.deepInclude(await stub.deleteTeam({ v: 1, id: "42" }), { outcome: "deleted", inForce: true });
  assert.deepEqual(
    told.map(({ record: of }) => [of?.teams, of?.supervises]),
    [
      [[], []],
      [[], []],
    ],
  );
  assert.deepEqual(await stub.deleteTeam({ v: 1, id: "42" }), { outcome: "missing" });
  assert.isNull(await stub.getTeam({ v: 1, id: "42" }));
});

test("rights: §I6 the real session takes a change over, and a deleted user's too", async () => {
  const { stub, domain, user, team, record } = directory();
  await user("a");
  await record("a");
  const session = env.JABBER_SESSION.getByName(`a@${domain}`);
  const plain = (password: string) => session.credentials({ v: 1, jid: `a@${domain}`, mechanism: "PLAIN", password, manager: "local/0" });
  assert.equal((await plain("pw")).outcome, "accepted");
  assert.deepInclude(await team("42", ["a"]), { inForce: true });
  await user("a", "agent", { password: "new" });
  assert.equal((await plain("pw")).outcome, "refused");
  assert.equal((await plain("new")).outcome, "accepted");
  assert.deepInclude(await stub.deleteUser({ v: 1, id: "a" }), { inForce: true });
  assert.equal((await plain("new")).outcome, "refused");
});

test("listUsers(), listTeams(): every entry once, page by page, the views whole", async () => {
  const { stub, user, team } = directory();
  for (const id of ["e", "B", "a", "d", "C"]) await user(id);
  await user("s", "supervisor");
  for (const id of ["2", "10", "ü"]) await team(id, ["a", "B"], ["s"]);
  const ids: string[] = [];
  for (let cursor: string | null = null, first = true; first || cursor; first = false) {
    const page = await stub.listUsers({ v: 1, limit: 2, cursor });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.next;
    if (cursor) assert.match(cursor, /^[A-Za-z0-9_-]+$/);
  }
  assert.deepEqual(ids, ["a", "B", "C", "d", "e", "s"]);
  const [a] = (await stub.listUsers({ v: 1, limit: 1, cursor: null })).items;
  assert.deepEqual(a?.teams, ["10", "2", "ü"]);
  const two = await stub.listTeams({ v: 1, limit: 2, cursor: null });
  assert.deepEqual(
    two.items,
    ["10", "2"].map((id) => ({ id, name: id, members: ["a", "B"], supervisors: ["s"] })),
  );
  assert.deepEqual(
    (await stub.listTeams({ v: 1, limit: 2, cursor: two.next })).items.map(({ id }) => id),
    ["ü"],
  );
});

test("importLines(): in order, each line on its own, later lines see earlier ones", async () => {
  const { stub } = directory();
  const lines: ImportLine[] = [
    { kind: "team", id: "1", members: ["a"], supervisors: [] },
    { kind: "user", id: "a", password: "pw", role: "agent" },
    { kind: "user", id: "b", role: "agent" },
    { kind: "team", id: "1", members: ["a"], supervisors: [] },
    { kind: "user", id: "A", password: "other", role: "agent" },
    { kind: "user", id: "a", password: "other", role: "agent" },
    { kind: "user", id: "a", password: "pw", role: "agent" },
    { kind: "user", id: "a b", password: "pw", role: "agent" },
  ];
  const results = await stub.importLines({ v: 1, lines });
  assert.deepEqual(
    results.map((result) => (result.outcome === "refused" ? result.code : result.outcome)),
    ["unknown-member", "created", "password-required", "created", "updated", "unchanged", "updated", "invalid-id"],
  );
});

test("importLines(): §I7 a repeated import writes no row", async () => {
  const { stub, written } = directory();
  const users = Array.from({ length: 20 }, (_, at): ImportLine => ({ kind: "user", id: `u${at}`, password: `p${at}`, role: "agent" }));
  const lines: ImportLine[] = [...users, { kind: "team", id: "42", members: users.map(({ id }) => id), supervisors: [] }];
  await stub.importLines({ v: 1, lines });
  const before = await written();
  const again = await stub.importLines({ v: 1, lines });
  assert.isTrue(again.every((result) => result.outcome === "unchanged" && result.inForce));
  assert.equal(await written(), before);
});

test("importLines(): a line is in force when it is answered", async () => {
  const { domain, stub, user, record } = directory();
  const told = await sessionsAnswer(domain, async ({ jid }) => ({ done: jid.startsWith("a@") }));
  for (const id of ["a", "b"]) {
    await user(id);
    await record(id);
  }
  const results = await stub.importLines({ v: 1, lines: ["a", "b", "c"].map((id) => ({ kind: "user", id, password: "pw", role: "supervisor" })) });
  assert.deepEqual(results, [
    { outcome: "updated", inForce: true },
    { outcome: "updated", inForce: false },
    { outcome: "created", inForce: true },
  ]);
  assert.equal(told.length, 2);
});

test("importLines(): §Provisioning takes lines until they concern 300 sessions; tell() brings the rest of one line into force", async () => {
  const { domain, stub } = directory();
  const told = await sessionsAnswer(domain, done);
  const ids = Array.from({ length: 310 }, (_, at) => `u${at}`);
  const users = ids.map((id): ImportLine => ({ kind: "user", id, password: "pw", role: "agent" }));
  assert.equal((await stub.importLines({ v: 1, lines: users })).length, 310, "new users concern no session");
  assert.equal((await stub.importLines({ v: 1, lines: users })).length, 310, "nor do those that stay as they are");
  await Promise.all(ids.map((id) => stub.record({ v: 1, jid: `${id}@${domain}` })));
  const team: ImportLine = { kind: "team", id: "42", members: ids, supervisors: [] };
  const other: ImportLine = { kind: "team", id: "43", members: [], supervisors: [] };
  assert.deepEqual(await stub.importLines({ v: 1, lines: [team, other] }), [{ outcome: "created", inForce: false }]);
  await vi.waitFor(async () => assert.deepEqual(await stub.tell({ v: 1 }), { untried: 0, unanswered: 0 }), { timeout: 20_000, interval: 100 });
  assert.equal(new Set(told.map(({ jid }) => jid)).size, 310);
}, 60_000);

test("known: managers that were told there is no such user hear of it before its creation is answered", async () => {
  const { domain, stub, user } = directory();
  const manager = env.CONNECTION_MANAGER.getByName(`probe/${crypto.randomUUID()}`);
  const heard: string[] = [];
  const restore = await runInDurableObject(manager, (instance: ConnectionManager) => {
    const prototype = Object.getPrototypeOf(instance) as ConnectionManagerCalls;
    const real = prototype.known;
    prototype.known = async ({ jids }) => void heard.push(...jids);
    return () => {
      prototype.known = real;
    };
  });
  try {
    const ask = (local: string) => stub.record({ v: 1, jid: `${local}@${domain}`, manager: "local/0" });
    for (const local of ["a", "a", "b", "c"]) await ask(local);
    await user("A");
    assert.deepEqual(heard, [`a@${domain}`]);
    await stub.importLines({ v: 1, lines: [{ kind: "user", id: "b", password: "pw", role: "agent" }] });
    assert.deepEqual(heard, [`a@${domain}`, `b@${domain}`]);
  } finally {
    restore();
  }
});

test("Directory: what it is asked first writes nothing, and an eviction loses nothing", async () => {
  const { stub, user, written } = directory();
  assert.isNull(await stub.getUser({ v: 1, id: "a" }));
  assert.deepEqual(await stub.listTeams({ v: 1, limit: 10, cursor: null }), { items: [], next: null });
  assert.deepEqual(await stub.deleteUser({ v: 1, id: "a" }), { outcome: "missing" });
  assert.deepEqual(await stub.ready({ v: 1 }), { ready: true });
  assert.equal(await written(), 0);
  assert.equal((await stub.stats({ v: 1 })).calls, 4);
  await user("a");
  await evictDurableObject(stub);
  assert.equal((await stub.getUser({ v: 1, id: "a" }))?.id, "a");
});
