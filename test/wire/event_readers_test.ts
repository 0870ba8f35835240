/**
 * Events over HTTP: server-sent events, long polls and short polls, with one cursor for all.
 *
 * @module
 */

import assert from "node:assert/strict";
import { test } from "vitest";

import { ADMIN, PUBLISHER, teamNode, userNode } from "./support/accounts.ts";
import { onBothServers } from "./support/bench.ts";
import { publish, update } from "./support/publish.ts";

interface Event {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly node?: string; readonly position?: string; readonly payload?: string; readonly cursor?: string };
}

/** Reads an event stream as it comes. */
class Stream {
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #abort: AbortController;
  #text = "";

  constructor(answer: Response, abort: AbortController) {
    const body = answer.body as ReadableStream<Uint8Array<ArrayBuffer>>;
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
    this.#abort = abort;
  }

  async next(): Promise<Event> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const lines = this.#text.slice(0, end).split("\n");
        this.#text = this.#text.slice(end + 2);
        const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const data = field("data");
        if (data !== undefined) return { id: field("id") ?? "", type: field("event") ?? "message", data: JSON.parse(data) };
        continue;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("The stream has ended");
      this.#text += value;
    }
  }

  close(): void {
    this.#abort.abort();
  }
}

onBothServers((bench) => {
  const headers = { Authorization: PUBLISHER };
  const eventsOf = (node: string) => `/api/v1/nodes/${encodeURIComponent(node)}/events`;
  const itemsOf = (node: string) => `/api/v1/nodes/${encodeURIComponent(node)}/items`;
  const get = (path: string, more: Record<string, string> = {}) => fetch(`${bench.server.url}${path}`, { headers: { ...headers, ...more } });
  const json = async (path: string) => (await (await get(path)).json()) as { items: Event["data"][]; next: string; reset: boolean };
  const listen = async (path: string, more: Record<string, string> = {}) => {
    const abort = new AbortController();
    const answer = await fetch(`${bench.server.url}${path}`, { headers: { ...headers, Accept: "text/event-stream", ...more }, signal: abort.signal });
    assert.equal(answer.status, 200, answer.ok ? "" : await answer.text());
    assert.match(answer.headers.get("Content-Type") ?? "", /^text\/event-stream/);
    return new Stream(answer, abort);
  };
  const say = (node: string, n: number) => publish(bench.server, node, update(String(n)));
  const said = ({ data }: Event) => Number(/(\d+)/.exec(data.payload ?? "")?.[1]);

  test("SSE: events as they come, and after a break those that were missed, by Last-Event-ID", async () => {
    const node = userNode("7001");
    const first = await listen(eventsOf(node));
    await say(node, 1);
    await say(node, 2);
    const one = await first.next();
    assert.deepEqual([said(one), one.data.node, one.data.position], [1, node, one.id]);
    assert.equal(said(await first.next()), 2);
    first.close();
    await say(node, 3);
    const again = await listen(eventsOf(node), { "Last-Event-ID": one.id });
    assert.equal(said(await again.next()), 2);
    assert.equal(said(await again.next()), 3);
    await say(node, 4);
    assert.equal(said(await again.next()), 4);
    again.close();
  });

  test("SSE: several nodes in one answer, with one cursor for all of them", async () => {
    const nodes = [teamNode("42"), userNode("7002")] as const;
    const path = `/api/v1/events?${nodes.map((node) => `node=${encodeURIComponent(node)}`).join("&")}`;
    const stream = await listen(path);
    await say(nodes[0], 1);
    await say(nodes[1], 2);
    const got = [await stream.next(), await stream.next()];
    assert.deepEqual(got.map(said).sort(), [1, 2]);
    assert.equal(got[1]?.id.split(",").length, 2);
    stream.close();
    await say(nodes[0], 3);
    const again = await listen(path, { "Last-Event-ID": got[1]?.id ?? "" });
    assert.equal(said(await again.next()), 3);
    again.close();
  });

  test("a position that the log does not reach back to is told as a reset, then events go on", async () => {
    const node = userNode("7003");
    const stream = await listen(`${eventsOf(node)}?since=7:1`);
    const reset = await stream.next();
    assert.deepEqual([reset.type, reset.data.cursor], ["reset", reset.id]);
    await say(node, 1);
    assert.equal(said(await stream.next()), 1);
    stream.close();
    assert.equal((await json(`${eventsOf(node)}?since=7:1&wait=1`)).reset, true);
    assert.equal((await json(`${itemsOf(node)}?since=7:1`)).reset, true);
  });

  test("long poll: the next event as soon as it comes, 204 when the time is over, and the cursor of the other ways", async () => {
    const node = "/finesse/api/Queue/poll";
    await say(node, 0);
    const { next, items } = await json(eventsOf(node));
    assert.deepEqual(items, []);
    assert.equal((await get(`${eventsOf(node)}?since=${next}&wait=1`)).status, 204);
    const waiting = json(`${eventsOf(node)}?since=${next}&wait=10`);
    await say(node, 1);
    const found = await waiting;
    assert.equal(found.items.length, 1);
    await say(node, 2);
    const more = await json(`${eventsOf(node)}?since=${found.next}`);
    assert.deepEqual(
      more.items.map(({ payload }) => /(\d)/.exec(payload ?? "")?.[1]),
      ["2"],
    );
    // The same by a short poll.
    assert.deepEqual((await json(`${itemsOf(node)}?since=${found.next}`)).items, more.items);
  });

  test("short poll: 304 while nothing is new", async () => {
    const node = "/finesse/api/Queue/short";
    await say(node, 1);
    const { next } = await json(itemsOf(node));
    const path = `${itemsOf(node)}?since=${next}`;
    const empty = await get(path);
    const tag = empty.headers.get("ETag") ?? "";
    assert.equal((await get(path, { "If-None-Match": tag })).status, 304);
    await say(node, 2);
    const changed = await get(path, { "If-None-Match": tag });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.get("ETag"), tag);
  });

  test("I6 a user's stream, by a ticket, ends with an event that says so when the right goes; neither ticket nor password is printed", async () => {
    const node = teamNode("43");
    const basic = { Authorization: `Basic ${btoa("7002:pw-7002")}` };
    const put = (members: string[]) =>
      fetch(`${bench.server.url}/api/v1/teams/43`, {
        method: "PUT",
        headers: { Authorization: ADMIN, "Content-Type": "application/json" },
        body: JSON.stringify({ name: "Care", members, supervisors: [] }),
      });
    const asked = await fetch(`${bench.server.url}/api/v1/events/tickets`, {
      method: "POST",
      headers: { ...basic, "Content-Type": "application/json" },
      body: JSON.stringify({ nodes: [node] }),
    });
    assert.equal(asked.status, 201);
    const { ticket } = (await asked.json()) as { ticket: string };
    const abort = new AbortController();
    const answer = await fetch(`${bench.server.url}/api/v1/events?ticket=${ticket}`, { headers: { Accept: "text/event-stream" }, signal: abort.signal });
    assert.equal(answer.status, 200);
    const stream = new Stream(answer, abort);
    await say(node, 1);
    assert.equal(said(await stream.next()), 1);
    assert.equal((await put([])).status, 200);
    await say(node, 2);
    const { type, data } = await stream.next();
    assert.deepEqual([type, data], ["revoked", { code: "forbidden", node }]);
    await assert.rejects(stream.next(), /ended/);
    for (const path of [`/api/v1/events?ticket=${ticket}`, `/api/v1/events?ticket=${ticket}&node=/nowhere`]) {
      const refused = await fetch(`${bench.server.url}${path}`);
      assert.ok(refused.status >= 400 && !(await refused.text()).includes(ticket));
    }
    assert.equal((await fetch(`${bench.server.url}${itemsOf(node)}`, { headers: basic })).status, 403);
    assert.equal((await put(["7002"])).status, 200);
    // wrangler itself prints the addresses of requests.
    const printed = bench.server
      .output()
      .split("\n")
      .filter((line) => !line.includes("wrangler:"));
    assert.deepEqual(
      printed.filter((line) => line.includes(ticket) || line.includes("pw-7002")),
      [],
    );
  });

  test("refusals", async () => {
    for (const [path, status] of [
      ["/api/v1/events", 400],
      ["/api/v1/events?node=/nowhere", 404],
      [`/api/v1/events?node=${encodeURIComponent(userNode("7001"))}&node=${encodeURIComponent(userNode("7001"))}`, 400],
      [`${eventsOf(userNode("7001"))}?since=1:1,2:2`, 400],
      [`${eventsOf(userNode("7001"))}?wait=56`, 400],
    ] as const) {
      assert.equal((await get(path)).status, status, path);
    }
    assert.equal((await fetch(`${bench.server.url}${eventsOf(userNode("7001"))}`)).status, 401);
  });
});
