/** What a stream is given by chance, by policy and by the operator's changes: ids, resources, its end. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { ConflictPolicy } from "../../durable/settings.ts";
import { ADMIN, ask, Desk, DOMAIN, provision, publish, userNode } from "./support/desk.ts";
import { change } from "./support/settings.ts";

beforeAll(() => provision());

const put = (path: string, body: object) => ask(`/api/v1/${path}`, { method: "PUT", headers: ADMIN, body: JSON.stringify(body) });
const OPEN = `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="${DOMAIN}" version="1.0"/>`;
const BIND = '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>desktop</resource></bind>';
const NAME = /^[\w-]{22}$/;

describe("names that nobody can guess", () => {
  test("C-03 §4.7.3 stream ids, A-05 nonces, C-52 §7.6 resources and SM-05 resumption ids have 128 random bits, and are never the same", async () => {
    const names: string[] = [];
    for (let n = 0; n < 4; n++) {
      const desk = await Desk.open();
      desk.send(OPEN);
      names.push(/ id="([^"]*)"/.exec(await desk.until(/^<open/))?.[1] ?? "");
      desk.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="SCRAM-SHA-256">${btoa("n,,n=7001,r=mine")}</auth>`);
      const challenge = atob(/<challenge[^>]*>([^<]+)/.exec(await desk.until(/^<challenge/))?.[1] ?? "");
      names.push(/^r=mine([^,]*),/.exec(challenge)?.[1] ?? "");
      desk.close();
      const signed = await (await Desk.open()).authenticate("7001");
      const bound = await signed.request("b", '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>');
      names.push(/<jid>7001@[^/]*\/([^<]*)</.exec(bound)?.[1] ?? "");
      signed.send('<enable xmlns="urn:xmpp:sm:3" resume="true"/>');
      names.push(/ id="([^"]*)"/.exec(await signed.until(/^<enabled/))?.[1] ?? "");
      signed.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
    }
    for (const name of names) expect(name).toMatch(NAME);
    expect(new Set(names).size).toBe(16);
  });
});

describe("T-04 C-55 §7.7.2.2 a resource that is taken", () => {
  const withPolicy = async (policy: ConflictPolicy, take: () => Promise<void>): Promise<void> => {
    const restore = await change({ conflicts: new Map([[DOMAIN, policy]]) });
    try {
      await take();
    } finally {
      restore();
    }
  };

  test("replace: the older stream ends with conflict (E-03)", () =>
    withPolicy("replace", async () => {
      const old = await (await Desk.open()).signIn("7001", { resource: "taken1" });
      const young = await (await Desk.open()).authenticate("7001");
      expect(await young.request("b", BIND.replace("desktop", "taken1"))).toContain(`<jid>7001@${DOMAIN}/taken1</jid>`);
      expect(await old.until(/^<stream:error/)).toContain("<conflict ");
      young.close();
    }));

  test("rename: the newer stream is given another, and both hear their events", () =>
    withPolicy("rename", async () => {
      const old = await (await Desk.open()).signIn("7001", { resource: "taken2" });
      const young = await (await Desk.open()).authenticate("7001");
      const given = /<jid>7001@[^/]*\/([^<]*)</.exec(await young.request("b", BIND.replace("desktop", "taken2")))?.[1];
      expect(given).toMatch(NAME);
      young.send('<presence xmlns="jabber:client"/>');
      await young.until(/^<presence/);
      await publish(userNode("7001"), "<n>both</n>");
      expect(await old.until(/^<message/)).toContain("both");
      expect(await young.until(/^<message/)).toContain("both");
      for (const desk of [old, young]) desk.close();
    }));

  test("refuse: the newer bind is a conflict of type modify; another resource may follow, and the same one once it is free", () =>
    withPolicy("refuse", async () => {
      const old = await (await Desk.open()).signIn("7001", { resource: "taken3" });
      const young = await (await Desk.open()).authenticate("7001");
      await expect(young.request("b", BIND.replace("desktop", "taken3"))).rejects.toThrow(/<error type="modify"><conflict /);
      expect(await young.request("c", BIND.replace("desktop", "taken4"))).toContain("/taken4</jid>");
      expect(await old.request("p", '<ping xmlns="urn:xmpp:ping"/>', { type: "get" })).toContain('type="result"');
      old.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
      await old.whenClosed();
      const next = await (await Desk.open()).authenticate("7001");
      await vi.waitFor(async () => expect(await next.request("d", BIND.replace("desktop", "taken3"))).toContain("/taken3</jid>"));
      for (const desk of [young, next]) desk.close();
    }));
});

describe("E-16 §4.9.3.16 another password", () => {
  test("ends the streams that signed in by the one before with reset, also those that could be resumed; nothing else of the user does", async () => {
    await put("users/reset", { role: "agent", password: "pw-reset" });
    const desk = await (await Desk.open()).signIn("reset");
    desk.send('<enable xmlns="urn:xmpp:sm:3" resume="true"/>');
    const previd = / id="([^"]*)"/.exec(await desk.until(/^<enabled/))?.[1];
    await put("users/reset", { role: "agent", password: "pw-reset" });
    await put("users/reset", { role: "supervisor", name: "Another", password: "pw-reset" });
    expect(await desk.quiet(), "the same password, another role").toEqual([]);
    const { status } = await put("users/reset", { role: "supervisor", password: "other" });
    expect(status).toBe(200);
    expect(await desk.until(/^<stream:error/)).toContain("<reset ");
    await expect((await Desk.open()).authenticate("reset")).rejects.toThrow(/not-authorized/);
    const again = await (await Desk.open()).authenticate("reset", DOMAIN, "other");
    again.send(`<resume xmlns="urn:xmpp:sm:3" previd="${previd}" h="0"/>`);
    expect(await again.until(/^<(failed|resumed)/)).toContain("<item-not-found ");
    expect(await again.request("b", BIND)).toContain(`<jid>reset@${DOMAIN}/desktop</jid>`);
    again.close();
  });
});

test("E-08 §4.9.3.8 a fault of ours ends the stream with internal-server-error and a reference; its neighbour notices nothing", async () => {
  const neighbour = await (await Desk.open()).signIn("7002", { resource: "e08" });
  const desk = await Desk.open();
  const silent = vi.spyOn(console, "error").mockImplementation(() => {});
  const logged = vi.spyOn(console, "log").mockImplementation(() => {});
  const random = vi.spyOn(crypto, "getRandomValues").mockImplementationOnce(() => {
    throw new Error("No random numbers");
  });
  desk.send(OPEN);
  expect(await desk.until(/^<open/), "WS-15: behind our open").toContain(`from="${DOMAIN}"`);
  const error = await desk.next();
  expect(error).toMatch(/<internal-server-error [^>]*\/><text [^>]*>[\w-]+<\/text>/);
  expect(error).not.toContain("random");
  for (const spy of [random, silent, logged]) spy.mockRestore();
  expect(await neighbour.request("p", '<ping xmlns="urn:xmpp:ping"/>', { type: "get" })).toContain('type="result"');
  neighbour.close();
});

test("A-03 C-11 the longest names, a long language and a first message as long as it may be fit into what outlives a sleep", async () => {
  const name = "\u00e4".repeat(511);
  const desk = await Desk.open();
  desk.send(OPEN.replace("/>", ` from="${name}@${DOMAIN}/${"\u00e4".repeat(511)}" xml:lang="${"a".repeat(30_000)}"/>`));
  await desk.until(/features/);
  const start = `n,a=${name}@${DOMAIN},n=${name},r=${"r".repeat(256)},x=`;
  const send = (text: string): void => {
    const octets = new TextEncoder().encode(text);
    desk.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="SCRAM-SHA-256">${btoa(String.fromCharCode(...octets))}</auth>`);
  };
  send(start + "\u00e4".repeat(2049 - start.length));
  expect(await desk.next()).toContain("<malformed-request/>");
  send(start + "\u00e4".repeat(2048 - start.length));
  const [, nonce] = /^r=([^,]+),/.exec(atob(/<challenge[^>]*>([^<]+)/.exec(await desk.next())?.[1] ?? "")) ?? [];
  await desk.evict();
  const header = new TextEncoder().encode(`n,a=${name}@${DOMAIN},`);
  const final = `c=${btoa(String.fromCharCode(...header))},r=${nonce},p=${btoa("x".repeat(32))}`;
  desk.send(`<response xmlns="urn:ietf:params:xml:ns:xmpp-sasl">${btoa(final)}</response>`);
  expect(await desk.next(), "the header is known after the sleep: it is the proof that fails").toBe(
    '<failure xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><not-authorized/></failure>',
  );
  desk.close();
});

test("C-6I §13.10.1 a client's address is told to nobody", async () => {
  const address = "203.0.113.77";
  const headers = { Upgrade: "websocket", "Sec-WebSocket-Protocol": "xmpp", "CF-Connecting-IP": address, "X-Forwarded-For": address, "X-Real-IP": address };
  const { webSocket } = await ask("/ws/", { headers });
  const heard: string[] = [];
  webSocket?.addEventListener("message", ({ data }) => void heard.push(String(data)));
  webSocket?.accept();
  const lead = await (await Desk.open()).signIn("lead1", { resource: "c6i" });
  const says = async (frame: string, count: number): Promise<void> => {
    webSocket?.send(frame);
    await vi.waitFor(() => expect(heard.length).toBeGreaterThanOrEqual(count));
  };
  await says(OPEN, 2);
  await says(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${btoa("\x007001\0pw-7001")}</auth>`, 3);
  await says(OPEN, 5);
  await says(`<iq xmlns="jabber:client" type="set" id="b">${BIND}</iq>`, 6);
  await says('<presence xmlns="jabber:client"/>', 7);
  for (const to of ["", DOMAIN, `pubsub.${DOMAIN}`]) {
    await says(`<iq xmlns="jabber:client" type="get" id="i" to="${to}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`, heard.length + 1);
  }
  const told = await Promise.all(
    ["connections", "users", "users/7001", "service-contact"].map(async (path) => (await ask(`/api/v1/${path}`, { headers: ADMIN })).text()),
  );
  expect([...heard, ...told, ...(await lead.quiet())].filter((text) => text.includes("203.0.113"))).toEqual([]);
  expect(heard.join("")).toContain(`<jid>7001@${DOMAIN}/desktop</jid>`);
  webSocket?.close();
  lead.close();
});
