import { env as bindings, exports as exported } from "cloudflare:workers";
import { afterEach, assert, test } from "vitest";
import type { Env } from "../../durable/contract.ts";
import { sessionsAnswer, sessionsAnswerAgain } from "../durable/sessions.ts";

const env = bindings as unknown as Env;
const door = (exported as unknown as { default: { fetch(url: string, init?: RequestInit): Promise<Response> } }).default;
const ADMIN = { Authorization: "Bearer admin-secret" };
const PUBLISH = { Authorization: "Bearer publish-secret" };
const DOMAIN = "cc1.acme.test";

interface Given {
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit | object;
  readonly type?: string;
}
const call = (method: string, path: string, { headers = ADMIN, body, type }: Given = {}) => {
  const isJson = body !== undefined && type === undefined;
  const contentType = isJson ? "application/json" : type;
  return door.fetch(`https://desk.test${path}`, {
    method,
    headers: { ...headers, ...(contentType && { "Content-Type": contentType }) },
    ...(body !== undefined && { body: isJson ? JSON.stringify(body) : (body as BodyInit) }),
  });
};
const name = () => `u${crypto.randomUUID().slice(0, 8)}`;
const itemsOf = (node: string) => `/api/v1/nodes/${encodeURIComponent(node)}/items`;

/** Checks that an answer is a problem of this code, and whole (RFC 9457 §3). */
async function refused(answer: Response | Promise<Response>, status: number, code: string) {
  const response = await answer;
  const body = (await response.json()) as Record<string, unknown>;
  assert.deepEqual([response.status, body.code], [status, code], JSON.stringify(body));
  assert.equal(response.headers.get("Content-Type"), "application/problem+json");
  assert.deepInclude(body, { type: `/problems/${code}`, status });
  assert.equal(body.instance, response.headers.get("X-Request-Id"));
  return { response, body };
}

afterEach(sessionsAnswerAgain);

// ------------------------------------------------------------------- every answer

test("X-Request-Id: taken from the client or made, on every answer", async () => {
  const own = await call("GET", "/livez", { headers: { "X-Request-Id": "ticket-7" } });
  assert.equal(own.headers.get("X-Request-Id"), "ticket-7");
  assert.match((await call("GET", "/livez", { headers: {} })).headers.get("X-Request-Id") ?? "", /^[0-9a-f-]{36}$/);
  await refused(call("GET", "/nothing", { headers: { "X-Request-Id": "ticket-8" } }), 404, "not-found");
});

test("404 and 405 are problems; 405 names what is allowed (RFC 9110 §15.5.6)", async () => {
  await refused(call("GET", "/api/v1"), 404, "not-found");
  await refused(call("GET", "/api/v1/users/a/b"), 404, "not-found");
  const cases = [
    ["POST", "/ws/", "GET, HEAD"],
    ["DELETE", "/livez", "GET, HEAD"],
    ["POST", "/api/v1/users/a", "GET, HEAD, PUT, DELETE"],
    ["GET", "/api/v1/import", "POST"],
    ["PUT", itemsOf("/x"), "GET, HEAD, POST, OPTIONS"],
  ] as const;
  for (const [method, path, allow] of cases) {
    const { response } = await refused(call(method, path), 405, "method-not-allowed");
    assert.equal(response.headers.get("Allow"), allow);
  }
});

// ------------------------------------------------------------------- tokens

test("RFC 6750 §3: 401 with a challenge, 403 for the publisher's token", async () => {
  const { response } = await refused(call("GET", "/api/v1/users", { headers: {} }), 401, "unauthorized");
  assert.equal(response.headers.get("WWW-Authenticate"), 'Bearer realm="deskwire"');
  const { response: wrong } = await refused(call("GET", "/api/v1/users", { headers: { Authorization: "Bearer x" } }), 401, "invalid-token");
  assert.include(wrong.headers.get("WWW-Authenticate") ?? "", "invalid_token");
  for (const [method, path] of [
    ["GET", "/api/v1/users"],
    ["PUT", "/api/v1/teams/1"],
    ["POST", "/api/v1/import"],
  ] as const) {
    await refused(call(method, path, { headers: PUBLISH }), 403, "insufficient-scope");
  }
  assert.equal((await call("GET", "/api/v1/service-contact", { headers: PUBLISH })).status, 200);
  assert.equal((await call("GET", "/api/v1/service-contact")).status, 200);
});

// ------------------------------------------------------------------- discovery

test("host-meta: WS-26 H-02 H-04 both forms, for everybody", async () => {
  for (const [path, type] of [
    ["/.well-known/host-meta", "application/xrd+xml"],
    ["/.well-known/host-meta.json", "application/jrd+json"],
  ] as const) {
    const answer = await call("GET", path, { headers: {} });
    assert.equal(answer.status, 200);
    assert.isTrue(answer.headers.get("Content-Type")?.startsWith(type));
    assert.equal(answer.headers.get("Access-Control-Allow-Origin"), "*");
    assert.equal(answer.headers.get("Cache-Control"), "max-age=300");
    assert.include(await answer.text(), "wss://desk.test/ws/");
  }
});

test("SystemInfo: finesse §4.6 follows the service contact, of each domain its own", async () => {
  const status = async (query = "") => {
    const answer = await call("GET", `/finesse/api/SystemInfo${query}`, { headers: {} });
    assert.equal(answer.headers.get("Cache-Control"), "max-age=1");
    return /<status>(.*)<\/status>/.exec(await answer.text())?.[1];
  };
  const contact = async (available: boolean, query = "") =>
    assert.equal((await call("PUT", `/api/v1/service-contact${query}`, { body: { available } })).status, 200);
  await contact(false);
  await contact(true, "?domain=other.test");
  assert.equal(await status(), "OUT_OF_SERVICE");
  assert.equal(await status("?domain=OTHER.test"), "IN_SERVICE");
  await contact(true);
  assert.equal(await status(), "IN_SERVICE");
  await refused(call("GET", "/finesse/api/SystemInfo?domain=x.test", { headers: {} }), 404, "domain-not-found");
});

test("livez, readyz", async () => {
  for (const path of ["/livez", "/readyz"]) {
    const answer = await call("GET", path, { headers: {} });
    assert.deepEqual([answer.status, await answer.text()], [200, "ok\n"]);
  }
});

// ------------------------------------------------------------------- the socket

const SOCKET = { Upgrade: "websocket", "Sec-WebSocket-Protocol": "xmpp" };

test("upgrade: WS-01 each path opens a socket with the subprotocol", async () => {
  for (const path of ["/ws", "/ws/", "/xmpp-websocket"]) {
    const answer = await call("GET", path, { headers: { ...SOCKET, Origin: "https://desk.test" } });
    assert.equal(answer.status, 101);
    assert.equal(answer.headers.get("Sec-WebSocket-Protocol"), "xmpp");
    answer.webSocket?.accept();
    answer.webSocket?.close(1000);
  }
});

test("upgrade: refused before any object is touched", async () => {
  const { response } = await refused(call("GET", "/ws/", { headers: {} }), 426, "upgrade-required");
  assert.equal(response.headers.get("Upgrade"), "websocket");
  await refused(call("GET", "/ws/", { headers: { Upgrade: "WebSocket" } }), 400, "subprotocol-required");
  await refused(call("GET", "/ws/", { headers: { ...SOCKET, Origin: "https://evil.test" } }), 403, "origin-refused");
});

// ------------------------------------------------------------------- users and teams

test("users: 201, 200, a repeat, 204, 404", async () => {
  const id = `${name()}X`;
  const path = `/api/v1/users/${id}`;
  const created = await call("PUT", path, { body: { password: "pw", role: "agent", displayName: "Ada" } });
  const view = { id, jid: `${id.toLowerCase()}@${DOMAIN}`, role: "agent", name: "Ada", teams: [], supervises: [] };
  assert.deepEqual([created.status, created.headers.get("Location"), await created.json()], [201, path, view]);
  const repeated = await call("PUT", path, { body: { password: "pw", role: "agent", name: "Ada" } });
  assert.deepEqual([repeated.status, await repeated.json()], [200, view]);
  const changed = await call("PUT", path.toUpperCase().replace("/API/V1/USERS", "/api/v1/users"), { body: { role: "admin" } });
  assert.deepEqual([changed.status, await changed.json()], [200, { ...view, role: "admin" }]);
  assert.deepEqual(await (await call("GET", path)).json(), { ...view, role: "admin" });
  const gone = await call("DELETE", path);
  assert.deepEqual([gone.status, await gone.text()], [204, ""]);
  for (const method of ["GET", "DELETE"]) await refused(call(method, path), 404, "user-not-found");
});

test("users: domains do not share them", async () => {
  const path = `/api/v1/users/${name()}`;
  assert.equal((await call("PUT", `${path}?domain=other.test`, { body: { password: "pw", role: "agent" } })).status, 201);
  await refused(call("GET", path), 404, "user-not-found");
  await refused(call("GET", `${path}?domain=x.test`), 404, "domain-not-found");
});

test("users: refusals", async () => {
  const put = (id: string, body: Given["body"], type?: string) =>
    call("PUT", `/api/v1/users/${id}`, { ...(body !== undefined && { body }), ...(type && { type }) });
  await refused(put(name(), { role: "agent" }), 422, "password-required");
  await refused(put("a%20b", { role: "agent", password: "p" }), 422, "invalid-id");
  await refused(put("a%2Fb", { role: "agent", password: "p" }), 422, "invalid-id");
  await refused(put("%zz", { role: "agent", password: "p" }), 400, "invalid-path");
  await refused(put("a", { role: "agent", password: "" }), 422, "invalid-password");
  await refused(put("a", { role: "agent", password: "p", name: "\n" }), 422, "invalid-name");
  await refused(put("a", "{", "application/json"), 400, "malformed-json");
  await refused(put("a", "", "application/json"), 400, "empty-body");
  await refused(put("a", new Uint8Array([0xff]), "application/json"), 400, "invalid-encoding");
  await refused(put("a", "x", "text/plain"), 415, "unsupported-media-type");
  await refused(put("a", `"${"x".repeat(1_048_576)}"`, "application/json"), 413, "payload-too-large");
  const { body } = await refused(put("a", { role: "boss", pasword: "p" }), 400, "invalid-body");
  assert.deepEqual(body.errors, [
    { pointer: "#/pasword", detail: "is not a field of this body" },
    { pointer: "#/role", detail: "must be one of agent, supervisor, publisher, admin" },
  ]);
});

test("teams: 201, 200, 204, 404 and the refusals", async () => {
  const [agent, supervisor, team] = [name(), name(), `Team ${name()}`];
  await call("PUT", `/api/v1/users/${agent}`, { body: { password: "pw", role: "agent" } });
  await call("PUT", `/api/v1/users/${supervisor}`, { body: { password: "pw", role: "supervisor" } });
  const path = `/api/v1/teams/${encodeURIComponent(team)}`;
  const body = { name: "Sales", members: [agent], supervisors: [supervisor] };
  const created = await call("PUT", path, { body });
  assert.deepEqual([created.status, created.headers.get("Location"), await created.json()], [201, path, { id: team, ...body }]);
  assert.equal((await call("PUT", path, { body })).status, 200);
  assert.deepEqual(await (await call("GET", path)).json(), { id: team, ...body });
  assert.deepInclude((await (await call("GET", `/api/v1/users/${supervisor}`)).json()) as object, { supervises: [team] });
  await refused(call("PUT", path, { body: { members: ["nobody"] } }), 422, "unknown-member");
  await refused(call("PUT", path, { body: { supervisors: ["nobody"] } }), 422, "unknown-supervisor");
  await refused(call("PUT", path, { body: { supervisors: [agent] } }), 422, "not-a-supervisor");
  await refused(call("PUT", `/api/v1/users/${supervisor}`, { body: { role: "agent" } }), 409, "still-supervises");
  await refused(call("PUT", "/api/v1/teams/a%2Fb", { body: {} }), 422, "invalid-id");
  assert.equal((await call("DELETE", path)).status, 204);
  for (const method of ["GET", "DELETE"]) await refused(call(method, path), 404, "team-not-found");
});

test("202: a change that a session has not taken over yet", async () => {
  const id = name();
  const path = `/api/v1/users/${id}`;
  await call("PUT", path, { body: { password: "pw", role: "agent" } });
  await env.DIRECTORY.getByName(DOMAIN).record({ v: 1, jid: `${id}@${DOMAIN}` });
  await sessionsAnswer(DOMAIN, async () => ({ done: false }));
  const changed = await call("PUT", path, { body: { role: "admin" } });
  assert.deepEqual([changed.status, ((await changed.json()) as { role: string }).role], [202, "admin"]);
  const line = JSON.stringify({ kind: "user", id, role: "supervisor" });
  assert.deepEqual(await imported([line]), [{ line: 1, kind: "user", id, status: "updated", inForce: false }]);
  sessionsAnswerAgain();
  assert.equal((await call("PUT", path, { body: { role: "supervisor" } })).status, 200, "a repeat asks how it stands");
  await sessionsAnswer(DOMAIN, async () => ({ done: false }));
  assert.equal((await call("DELETE", path)).status, 202);
});

test("lists: every entry once, with a link to the next page (RFC 8288)", async () => {
  const ids = Array.from({ length: 5 }, () => name()).sort();
  for (const id of ids) await call("PUT", `/api/v1/users/${id}?domain=other.test`, { body: { password: "pw", role: "agent" } });
  const seen: string[] = [];
  for (let path: string | undefined = "/api/v1/users?limit=2&domain=other.test"; path; ) {
    const answer: Response = await call("GET", path);
    const { items, next } = (await answer.json()) as { items: { id: string }[]; next: string | null };
    assert.isAtMost(items.length, 2);
    seen.push(...items.map(({ id }) => id));
    path = /^<(.*)>; rel="next"$/.exec(answer.headers.get("Link") ?? "")?.[1];
    assert.equal(path !== undefined, next !== null);
  }
  assert.includeMembers(seen, ids);
  assert.equal(new Set(seen).size, seen.length);
  assert.equal((await call("GET", "/api/v1/teams")).status, 200);
  for (const query of ["limit=0", "limit=1001", "limit=x", "cursor=%2F", "cursor=a"])
    await refused(call("GET", `/api/v1/users?${query}`), 400, "invalid-query");
});

// ------------------------------------------------------------------- publishing

test("publish: 201 with a position that rises; both forms of the path are one node", async () => {
  const node = `/finesse/api/Team/${name()}/Users`;
  const xml = { type: "application/xml", body: "<Update><event>PUT</event></Update>", headers: PUBLISH };
  const first = await call("POST", itemsOf(node), xml);
  const one = (await first.json()) as { id: string; node: string; position: string };
  assert.equal(first.status, 201);
  assert.equal(one.node, node);
  assert.match(one.position, /^\d+:1$/);
  const two = (await (await call("POST", `/api/v1/nodes/${node}/items`, xml)).json()) as { position: string };
  assert.equal(two.position, one.position.replace(/1$/, "2"));
  assert.equal((await call("POST", itemsOf(node), { body: { payload: { a: 1 } }, headers: PUBLISH })).status, 201);
});

test("publish: an id or a key that comes again is answered as before", async () => {
  const path = itemsOf(`/finesse/api/User/${name()}`);
  const byId = { body: { id: "i1", payload: "x" } };
  const first = await (await call("POST", path, byId)).json();
  const again = await call("POST", path, byId);
  assert.deepEqual([again.status, again.headers.get("Idempotent-Replayed"), await again.json()], [200, "true", first]);
  const keyed = { ...ADMIN, "Idempotency-Key": "k-1" };
  const made = await call("POST", path, { headers: keyed, body: { payload: "x" } });
  assert.equal(made.status, 201);
  assert.equal(((await made.json()) as { id: string }).id, "key-k-1");
  assert.equal((await call("POST", path, { headers: keyed, body: { payload: "x" } })).headers.get("Idempotent-Replayed"), "true");
  await refused(call("POST", path, { headers: keyed, body: { payload: "y" } }), 422, "idempotency-key-reused");
  await refused(call("POST", path, { headers: { ...ADMIN, "Idempotency-Key": "a b" }, body: { payload: "x" } }), 400, "invalid-idempotency-key");
});

test("publish: refusals", async () => {
  const path = itemsOf("/finesse/api/Team/1/Users");
  const xml = (body: string) => ({ type: "application/xml", body });
  await refused(call("POST", itemsOf("/no/such"), xml("<a/>")), 404, "node-not-found");
  await refused(call("POST", itemsOf("#contact"), xml("<a/>")), 404, "node-not-found");
  await refused(call("POST", "/api/v1/nodes/x", xml("<a/>")), 404, "node-not-found");
  await refused(call("POST", `${path}?domain=x.test`, xml("<a/>")), 404, "domain-not-found");
  await refused(call("POST", path, xml("")), 400, "empty-body");
  await refused(call("POST", path, xml("<a>")), 400, "not-well-formed");
  await refused(call("POST", path, { type: "text/plain", body: "x" }), 415, "unsupported-media-type");
  await refused(call("POST", path, xml(`<a>${"x".repeat(60_000)}</a>`)), 413, "payload-too-large");
  await refused(call("POST", path, { body: { payload: true } }), 400, "invalid-body");
});

// ------------------------------------------------------------------- the service contact

test("service contact: a lease, and for good", async () => {
  const path = "/api/v1/service-contact?domain=other.test";
  const leased = (await (await call("PUT", path, { headers: PUBLISH, body: { available: true, for: 30 } })).json()) as { available: boolean; until: string };
  assert.isTrue(leased.available);
  assert.approximately(Date.parse(leased.until), Date.now() + 30_000, 5000);
  assert.deepEqual(await (await call("GET", path)).json(), leased);
  assert.deepEqual(await (await call("PUT", path, { body: { available: true } })).json(), { available: true, until: null });
  for (const body of [{}, { available: 1 }, { available: true, for: 0 }, { available: true, for: 86_401 }, { available: true, for: 1.5 }]) {
    await refused(call("PUT", path, { body }), 400, "invalid-body");
  }
});

// ------------------------------------------------------------------- import

type Result = { line: number; kind?: string; id?: string; status: string; inForce?: boolean; code?: string; detail?: string };
async function imported(lines: readonly string[], query = ""): Promise<Result[]> {
  const answer = await call("POST", `/api/v1/import${query}`, { type: "application/x-ndjson", body: `${lines.join("\n")}\n` });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("Content-Type"), "application/x-ndjson");
  return new TextDecoder()
    .decode(await answer.arrayBuffer())
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Result);
}

test("import: 10,000 lines in one request, each answered in its order, and the 10,001st refused", async () => {
  const mark = name();
  const lines = Array.from({ length: 10_001 }, (_, at) => (at % 100 === 99 ? "{" : `{"kind":"team","id":"${mark}-${at}"}`));
  const results = await imported(lines);
  assert.lengthOf(results, 10_001);
  results.forEach(({ line, status, code }, at) => {
    const wanted = at === 10_000 ? "error too-many-lines" : at % 100 === 99 ? "error malformed-json" : "created ";
    assert.deepEqual([line, `${status} ${code ?? ""}`], [at + 1, wanted]);
  });
});

test("import: 1,000 lines with bad ones among them, and a repeat that writes no row", async () => {
  const mark = name();
  const users = Array.from({ length: 980 }, (_, at) =>
    JSON.stringify({ kind: "user", id: `${mark}-${at}`, password: `pw${at}`, role: at % 10 === 0 ? "supervisor" : "agent" }),
  );
  const teams = Array.from({ length: 16 }, (_, at) =>
    JSON.stringify({
      kind: "team",
      id: `${mark}-${at}`,
      name: `Team ${at}`,
      members: Array.from({ length: 60 }, (_, of) => `${mark}-${at * 60 + of}`),
      supervisors: [`${mark}-${at * 10}`],
    }),
  );
  const bad = ["{", '{"kind":"queue","id":"q"}', '{"kind":"user","id":"n","role":"agent"}', `{"kind":"team","id":"${mark}-x","members":["${mark}-none"]}`];
  const lines = [...users.slice(0, 500), bad[0], "", bad[1], ...users.slice(500), bad[2], ...teams, bad[3]] as string[];
  const first = await imported(lines);
  assert.equal(first.length, 1000);
  assert.deepEqual(
    first.map(({ line }) => line),
    lines.flatMap((line, at) => (line === "" ? [] : [at + 1])),
  );
  const failed = first.filter(({ status }) => status === "error");
  assert.deepEqual(
    failed.map(({ code }) => code),
    ["malformed-json", "invalid-line", "password-required", "unknown-member"],
  );
  assert.isTrue(first.filter(({ status }) => status !== "error").every(({ status, inForce }) => status === "created" && inForce === true));
  const directory = env.DIRECTORY.getByName(DOMAIN);
  const before = (await directory.stats({ v: 1 })).rowsWritten;
  const again = await imported(lines);
  assert.equal(again.filter(({ status }) => status === "unchanged").length, 996);
  assert.equal((await directory.stats({ v: 1 })).rowsWritten, before);
  const team = (await (await call("GET", `/api/v1/teams/${mark}-3`)).json()) as { members: string[] };
  assert.equal(team.members.length, 60);
}, 60_000);

test("import: results are written batch by batch, while the body still comes", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const mark = name();
  const lines = (count: number) => new TextEncoder().encode(Array.from({ length: count }, (_, at) => `{"kind":"team","id":"${mark}-${at}"}\n`).join(""));
  const answered = call("POST", "/api/v1/import", { type: "application/x-ndjson", body: readable });
  await writer.write(lines(500));
  const reader = ((await answered).body as ReadableStream<Uint8Array>).getReader();
  let first = "";
  while (first.split("\n").length <= 500) first += new TextDecoder().decode((await reader.read()).value);
  await writer.write(lines(1));
  await writer.close();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) rest += new TextDecoder().decode(part.value);
  assert.deepInclude(JSON.parse(rest) as object, { line: 501, status: "unchanged" });
});

test("import: refusals of the whole", async () => {
  await refused(call("POST", "/api/v1/import", { body: {} }), 415, "unsupported-media-type");
  await refused(call("POST", "/api/v1/import?domain=x.test", { type: "application/x-ndjson", body: "" }), 404, "domain-not-found");
  assert.deepEqual(await imported([]), []);
});

// ------------------------------------------------------------------- reading a log

test("GET items: after a position, in order, page by page; text as text, XML as XML", async () => {
  const node = "/finesse/api/Queue/read";
  const positions: string[] = [];
  for (const [type, body] of [
    ["application/json", { payload: "one <1>" }],
    ["application/xml", "<Update><n>2</n></Update>"],
    ["application/xml", '<notification xmlns="urn:x"><n>3</n></notification>'],
  ] as const) {
    const answer = await call("POST", itemsOf(node), { headers: PUBLISH, ...(type === "application/json" ? { body } : { body, type }) });
    positions.push(((await answer.json()) as { position: string }).position);
  }
  const read = async (query: string) => (await (await call("GET", `${itemsOf(node)}${query}`, { headers: PUBLISH })).json()) as Record<string, unknown>;
  const all = (await read("")) as unknown as { items: { position: string; payload?: string; xml?: string }[]; next: string; reset: boolean };
  assert.deepEqual(
    all.items.map(({ position, payload, xml }) => [position, payload ?? xml]),
    [
      [positions[0], "one <1>"],
      [positions[1], "<Update><n>2</n></Update>"],
      [positions[2], '<notification xmlns="urn:x"><n>3</n></notification>'],
    ],
  );
  assert.deepEqual([all.next, all.reset], [positions[2], false]);
  assert.deepInclude(await read(`?since=${positions[0]}&limit=1`), { next: positions[1], reset: false });
  assert.deepInclude(await read(`?since=${positions[2]}`), { items: [], next: positions[2], reset: false });
  // Of another life of the log: told, and what there is follows.
  const gap = await read("?since=7:1");
  assert.isTrue(gap["reset"]);
  assert.lengthOf(gap["items"] as unknown[], 3);
});

test("GET items: refusals", async () => {
  const path = itemsOf("/finesse/api/Queue/read");
  await refused(call("GET", `${path}?since=x`, { headers: PUBLISH }), 400, "invalid-query");
  await refused(call("GET", `${path}?limit=0`, { headers: PUBLISH }), 400, "invalid-query");
  await refused(call("GET", itemsOf("/nowhere"), { headers: PUBLISH }), 404, "node-not-found");
  await refused(call("GET", itemsOf("/finesse/api/Queue/never"), { headers: PUBLISH }), 404, "node-not-found");
  await refused(call("GET", path, { headers: {} }), 401, "unauthorized");
});
