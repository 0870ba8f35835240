/** Parts of the examiner against a WebSocket server that is not ours: frames, signatures, and where a password may go. */

import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";

import { Failed } from "../../cli/doctor/chart.ts";
import { discoveredIn, judgeDiscovery } from "../../cli/doctor/discovery.ts";
import { isPrivate } from "../../cli/doctor/http.ts";
import { mechanismOf, signIn } from "../../cli/doctor/sign_in.ts";
import { Socket } from "../../cli/doctor/socket.ts";
import { Stream } from "../../cli/doctor/stream.ts";
import { Tape } from "../../cli/doctor/tape.ts";
import { askUpgrade, type Upgraded } from "../../cli/doctor/upgrade.ts";

const servers: WebSocketServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
});

/** Upgraded on both sides. */
async function pair(): Promise<{ readonly theirs: WebSocket; readonly wire: NonNullable<Upgraded["wire"]> }> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols: () => "xmpp" });
  servers.push(server);
  await once(server, "listening");
  const connected = once(server, "connection") as Promise<[WebSocket]>;
  const { wire, isAccepted } = await askUpgrade({ url: new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`), origin: "", timeout: 5000 });
  assert.ok(wire && isAccepted);
  const [theirs] = await connected;
  return { theirs, wire };
}

/** Waits until something is so, or gives up. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 500, "not in time");
    await new Promise((done) => setTimeout(done, 10));
  }
}

describe("Socket", () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 300_000]) {
    test(`a message of ${length} characters goes and comes back`, async () => {
      const { theirs, wire } = await pair();
      theirs.on("message", (data) => theirs.send(data.toString()));
      const texts: string[] = [];
      const socket = new Socket(wire, { text: (text) => texts.push(text), closed: () => {} });
      socket.send("é".repeat(length));
      await until(() => texts.length > 0);
      assert.equal(texts[0], "é".repeat(length));
      socket.destroy();
    });
  }

  test("fragments are one message, with a ping between them that is answered", async () => {
    const { theirs, wire } = await pair();
    const [texts, pongs] = [[] as string[], [] as string[]];
    theirs.on("pong", (data) => pongs.push(data.toString()));
    new Socket(wire, { text: (text) => texts.push(text), closed: () => {} });
    theirs.send("<a>", { fin: false });
    theirs.ping("between");
    theirs.send("</a>", { fin: true });
    await until(() => texts.length > 0 && pongs.length > 0);
    assert.deepEqual([texts, pongs], [["<a></a>"], ["between"]]);
  });

  test("a close is answered and told with code and reason; a connection that is cut is 1006", async () => {
    for (const [end, expected] of [
      [(socket: WebSocket) => socket.close(1012, "restart"), [1012, "restart"]],
      [(socket: WebSocket) => socket.close(), [1005, ""]],
      [(socket: WebSocket) => socket.terminate(), [1006, ""]],
    ] as const) {
      const { theirs, wire } = await pair();
      const closed: (readonly [number, string])[] = [];
      new Socket(wire, { text: () => {}, closed: (code, reason) => closed.push([code, reason]) });
      end(theirs);
      await until(() => closed.length > 0);
      assert.deepEqual(closed, [expected]);
    }
  });

  test("a message without an end is given up with 1009", async () => {
    const { theirs, wire } = await pair();
    const codes: number[] = [];
    new Socket(wire, { text: () => {}, closed: (code) => codes.push(code) });
    for (let part = 0; part < 6; part++) theirs.send("x".repeat(1024 * 1024), { fin: false });
    await until(() => codes.length > 0);
    assert.deepEqual(codes, [1009]);
  });
});

const SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("signIn()", () => {
  /** A server that answers the first message with this challenge, and takes any proof. */
  async function against(challenge: (nonce: string) => string): Promise<unknown> {
    const { theirs, wire } = await pair();
    theirs.on("message", (data) => {
      const message = data.toString();
      const nonce = /r=([^,]+)/.exec(Buffer.from(/>([^<]*)</.exec(message)?.[1] ?? "", "base64").toString())?.[1] ?? "";
      if (message.startsWith("<auth")) theirs.send(`<challenge xmlns="${SASL}">${base64(challenge(nonce))}</challenge>`);
      else theirs.send(`<success xmlns="${SASL}">${base64(`v=${base64("x".repeat(32))}`)}</success>`);
    });
    const stream = new Stream({ wire, tape: new Tape(), timeout: 3000 });
    const failure = await signIn({ stream, mechanism: "SCRAM-SHA-256", user: "7001", password: "pw-7001" }).catch((reason: unknown) => reason);
    stream.destroy();
    return failure;
  }

  test("a server that takes any proof, and does not know the password, is found out", async () => {
    const failure = await against((nonce) => `r=${nonce}more,s=${base64("salt")},i=4096`);
    assert.ok(failure instanceof Failed, String(failure));
    assert.match(failure.message, /does not know the password/);
  });

  test("a nonce that is not ours, and iterations without end, are refused before anything is derived", async () => {
    for (const challenge of [() => `r=other,s=${base64("salt")},i=4096`, (nonce: string) => `r=${nonce}more,s=${base64("salt")},i=999999999`]) {
      const failure = await against(challenge);
      assert.ok(failure instanceof Failed, String(failure));
      assert.match(failure.message, /challenge cannot be read/);
    }
  });
});

test("who gives up an answer and hangs up has lost no socket", async () => {
  const { theirs, wire } = await pair();
  const tape = new Tape();
  const stream = new Stream({ wire, tape, timeout: 50 });
  await assert.rejects(stream.open("a.test"), (failure: Failed) => failure.hasWaited);
  stream.destroy();
  await once(theirs, "close");
  const codes = () => tape.explanation(true).faults.map(({ code }) => code);
  assert.deepEqual([tape.explanation(true).connections[0]?.endedAt, codes()], [null, ["open-unanswered"]]);
});

test("judgeDiscovery(): an address that no WebSocket can have is to be looked at, and not taken", () => {
  const base = new URL("https://a.test");
  for (const href of ["javascript:alert(1)", "", "/ws/"]) {
    const read = { xml: { sockets: [href], boshes: [] }, json: null, systemInfo: null, failure: null };
    assert.equal(judgeDiscovery(read, base).state, "warn");
    assert.deepEqual(discoveredIn(read, base).sockets, []);
  }
});

test("mechanismOf(): the strongest; PLAIN only where nobody reads along", () => {
  assert.equal(mechanismOf(["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"], true), "SCRAM-SHA-256");
  assert.equal(mechanismOf(["PLAIN"], true), "PLAIN");
  assert.equal(mechanismOf(["PLAIN"], false), undefined);
  assert.equal(mechanismOf(["PLAIN", "SCRAM-SHA-1"], false), "SCRAM-SHA-1");
  assert.equal(mechanismOf(["GSSAPI"], true), undefined);
});

test("isPrivate(): TLS, or this machine", () => {
  const cases = { "wss://a.example/": true, "https://a.example/": true, "ws://127.0.0.1:1/": true, "ws://[::1]:1/": true, "ws://localhost/": true };
  for (const [url, is] of Object.entries({ ...cases, "ws://a.example/": false, "http://127.0.0.1.example/": false, "ws://10.0.0.1/": false }))
    assert.equal(isPrivate(new URL(url)), is, url);
});
