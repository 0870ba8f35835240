/**
 * `deskwire doctor` against a whole server, and against what stands before servers: proxies, certificates, closed ports.
 *
 * @module
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server as TlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, test } from "vitest";

import { importAccounts } from "../wire/support/accounts.ts";
import { setContact } from "../wire/support/publish.ts";
import { freePort, type Server, startServer } from "../wire/support/server.ts";
import { type Upgrades, UpgradeProxy } from "../wire/support/upgrade_proxy.ts";
import { deskwire, type Ran } from "./support/command.ts";

const PEM = fileURLToPath(new URL("./support/self_signed.pem", import.meta.url));
const PASSWORD = "pw-7001";
const TOKEN = "publish-secret";
const SECRETS = [PASSWORD, TOKEN, Buffer.from(`\u00007001\u0000${PASSWORD}`).toString("base64")];

interface Check {
  readonly check: string;
  readonly state: string;
  readonly ms: number | null;
  readonly says: string;
  readonly fix: string;
  readonly fault: string | null;
}

interface Diagnosis {
  readonly socket: string;
  readonly domain: string;
  readonly checks: readonly Check[];
  readonly steps: readonly { readonly step: string; readonly state: string }[];
  readonly faults: readonly { readonly code: string; readonly frame: number | null; readonly says: string; readonly fix: string }[];
}

interface Examined extends Ran {
  readonly diagnosis: Diagnosis;
  check(name: string): Check;
  codes(): string[];
}

/** Examines with user and password of an agent, and reads the JSON; nowhere is a secret in it. */
async function examine(url: string, args: readonly string[] = [], variables: Readonly<Record<string, string>> = {}): Promise<Examined> {
  const ran = await deskwire(["doctor", url, "--json", "--user", "7001", ...args], { variables: { DESKWIRE_PASSWORD: PASSWORD, ...variables } });
  assert.ok(ran.stdout.startsWith("{"), `${ran.stdout}\n${ran.stderr}`);
  for (const secret of SECRETS) assert.ok(!`${ran.stdout}${ran.stderr}`.includes(secret), secret);
  const diagnosis = JSON.parse(ran.stdout) as Diagnosis;
  const check = (name: string): Check => diagnosis.checks.find((each) => each.check === name) ?? assert.fail(`no check ${name}`);
  return { ...ran, diagnosis, check, codes: () => diagnosis.faults.map(({ code }) => code) };
}

let server: Server;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "deskwire-doctor-"));
  server = await startServer();
  await importAccounts(server);
});
afterEach(() => setContact(server, true));
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

describe("a server that is in order", () => {
  test("exit code 0: every check is ok, from host-meta to the event of a publish, BOSH and the good-bye", async () => {
    await setContact(server, true);
    const { code, diagnosis, codes, stderr } = await examine(server.url, [], { DESKWIRE_TOKEN: TOKEN });
    assert.deepEqual([code, codes(), stderr], [0, [], ""]);
    const states = Object.fromEntries(diagnosis.checks.map(({ check, state }) => [check, state]));
    const { name, tls, ...others } = states;
    assert.deepEqual([name, tls], ["skipped", "skipped"], "an address has no name, http: no certificate");
    assert.deepEqual([...new Set(Object.values(others))], ["ok"], JSON.stringify(diagnosis.checks));
    assert.equal(Object.keys(others).length, 17);
    assert.deepEqual([diagnosis.socket, diagnosis.domain], [server.socketUrl, "cc1.acme.test"]);
    assert.ok(diagnosis.checks.every(({ state, ms }) => (state === "skipped" ? ms === null : ms !== null && ms >= 0)));
    assert.equal(diagnosis.steps.find(({ step }) => step === "bind")?.state, "done");
  });

  test("in words: a line for each check, and no secret", async () => {
    const variables = { DESKWIRE_PASSWORD: PASSWORD, DESKWIRE_TOKEN: TOKEN };
    const { code, stdout } = await deskwire(["doctor", server.url, "--user", "7001"], { variables });
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}ok +sign-in +[\d.]+ ms {2}Signed in as 7001 by SCRAM-SHA-256\.$/m);
    assert.match(stdout, /^17 ok, 0 to look at, 0 failed, 2 skipped\.$/m);
    for (const secret of SECRETS) assert.ok(!stdout.includes(secret), secret);
  });

  test("without a user it ends before the sign-in, and that is no fault", async () => {
    const { code, stdout } = await deskwire(["doctor", server.url, "--json"]);
    const { checks, faults } = JSON.parse(stdout) as Diagnosis;
    assert.deepEqual([code, faults], [0, []]);
    assert.equal(checks.find(({ check }) => check === "features")?.state, "ok");
    assert.equal(checks.find(({ check }) => check === "sign-in")?.state, "skipped");
    assert.equal(checks.find(({ check }) => check === "close")?.state, "ok");
  });

  test("without a token the publish is skipped, and says why", async () => {
    const { code, check } = await examine(server.url);
    assert.deepEqual([code, check("publish").state], [0, "skipped"]);
    assert.match(check("publish").says, /DESKWIRE_TOKEN/);
  });

  test("the address of the socket itself, by any of its paths", async () => {
    const { code, diagnosis } = await examine(`${server.url.replace("http", "ws")}/xmpp-websocket`);
    assert.equal(code, 0);
    assert.match(diagnosis.socket, /\/xmpp-websocket$/);
  });

  test("the password from a file, and from stdin", async () => {
    const file = join(folder, "password");
    writeFileSync(file, `${PASSWORD}\nsecond line\n`);
    for (const [given, input] of [
      [file, ""],
      ["-", `${PASSWORD}\n`],
    ] as const) {
      const { code, stdout } = await deskwire(["doctor", server.url, "--user", "7001", "--password-file", given], { input });
      assert.equal(code, 0, stdout);
    }
  });
});

describe("sign-in and what follows", () => {
  test("a wrong password: exit code 1, wrong-password, what comes after is not reached", async () => {
    const { code, check, codes } = await examine(server.url, [], { DESKWIRE_PASSWORD: "not-the-password" });
    assert.deepEqual([code, codes()], [1, ["wrong-password"]]);
    assert.deepEqual([check("sign-in").state, check("sign-in").fault], ["fail", "wrong-password"]);
    assert.match(check("sign-in").fix, /Check the user id/);
    assert.match(check("bind").says, /^Not reached: sign-in failed\.$/);
    assert.equal(check("close").state, "ok");
  });

  test("another domain: wrong-domain", async () => {
    const { code, check, codes } = await examine(server.url, ["--domain", "nowhere.test"]);
    assert.deepEqual([code, codes(), check("open").fault], [1, ["wrong-domain"], "wrong-domain"]);
    assert.equal(check("bosh").state, "skipped", "its refusal is no second fault");
  });

  test("the back end is down: service-contact-absent, and the examination goes on", async () => {
    await setContact(server, false);
    const { code, check, codes } = await examine(server.url, [], { DESKWIRE_TOKEN: TOKEN });
    assert.deepEqual([code, codes()], [1, ["service-contact-absent"]]);
    assert.deepEqual([check("service-contact").state, check("publish").state], ["fail", "ok"]);
  });

  test("a node of somebody else: the subscription is refused, the publish skipped", async () => {
    const { code, check, codes } = await examine(server.url, ["--node", "/finesse/api/User/7002"], { DESKWIRE_TOKEN: TOKEN });
    assert.equal(code, 1);
    assert.equal(check("subscription").state, "fail");
    assert.deepEqual(codes(), [check("subscription").fault]);
    assert.equal(check("publish").state, "skipped");
  });

  test("PLAIN alone and no TLS: the password is not sent; on the machine itself it is", async () => {
    const strict = await startServer({ WIRE_PROFILE: "finesse-strict" });
    try {
      await importAccounts(strict);
      await setContact(strict, true);
      // The same machine by an address that does not look like it.
      const { code, check, codes } = await examine(strict.socketUrl.replace("127.0.0.1", "[::ffff:127.0.0.1]"));
      assert.deepEqual([code, check("features").state, check("sign-in").state, codes()], [1, "warn", "fail", []]);
      assert.match(check("sign-in").says, /the password was not sent/);
      const here = await examine(strict.url);
      assert.equal(here.code, 0, here.stdout);
      assert.match(here.check("sign-in").says, /by PLAIN/);
    } finally {
      await strict.stop();
    }
  });

  test("a token that is none: the publish fails, and the token is not shown", async () => {
    const { code, check, stdout } = await examine(server.url, [], { DESKWIRE_TOKEN: "not-a-token-4711" });
    assert.deepEqual([code, check("publish").state], [1, "fail"]);
    assert.match(check("publish").says, /401/);
    assert.ok(!stdout.includes("not-a-token-4711"));
  });
});

describe("the way to the server", () => {
  let proxy: UpgradeProxy;
  beforeAll(async () => {
    proxy = await UpgradeProxy.start(server);
  });
  afterAll(() => proxy?.stop());

  const ways: readonly (readonly [way: Upgrades, check: string, fault: string])[] = [
    ["stripped", "upgrade", "upgrade-stripped"],
    ["refused", "upgrade", "origin-refused"],
    ["silent", "upgrade", "upgrade-unanswered"],
    ["swallowed", "open", "open-unanswered"],
  ];
  for (const [way, name, fault] of ways) {
    test(`upgrades that are ${way}: ${fault}`, async () => {
      proxy.way = way;
      const { code, check, codes } = await examine(proxy.socketUrl, ["--timeout", "1"]);
      assert.equal(code, 1);
      assert.deepEqual([check(name).state, check(name).fault], ["fail", fault], JSON.stringify(check(name)));
      assert.deepEqual(codes(), [fault]);
      assert.ok(check(name).fix.length > 20);
      assert.equal(check("sign-in").state, "skipped");
    });
  }

  test("a page of a foreign origin: origin-refused, with the origin", async () => {
    const { code, check, codes } = await examine(server.url, ["--origin", "https://evil.example"]);
    assert.deepEqual([code, codes(), check("upgrade").fault], [1, ["origin-refused"], "origin-refused"]);
    assert.match(check("upgrade").says, /403/);
    assert.match(check("bosh").says, /refuses pages of https:\/\/evil\.example/);
  });

  test("a path where nothing is: upgrade-wrong-path", async () => {
    const { code, codes } = await examine(`${server.url.replace("http", "ws")}/nowhere`);
    assert.deepEqual([code, codes()], [1, ["upgrade-wrong-path"]]);
  });

  test("a closed port: server-unreachable, exit code 1", async () => {
    const { code, check, codes } = await examine(`http://127.0.0.1:${await freePort()}`);
    assert.deepEqual([code, codes()], [1, ["server-unreachable"]]);
    assert.deepEqual([check("connect").state, check("connect").fault, check("upgrade").state], ["fail", "server-unreachable", "skipped"]);
  });

  test("a name that does not exist: server-unreachable", async () => {
    const { code, check, codes } = await examine("https://nowhere.invalid", ["--timeout", "3"]);
    assert.deepEqual([code, check("name").state, codes()], [1, "fail", ["server-unreachable"]]);
  });

  test("a server that lets in pages of any origin: to be looked at, and no failure", async () => {
    const open = await startServer({ ALLOWED_ORIGINS: "*" });
    try {
      await importAccounts(open);
      await setContact(open, true);
      const { code, check } = await examine(open.url);
      assert.deepEqual([code, check("foreign-origin").state], [0, "warn"]);
    } finally {
      await open.stop();
    }
  });
});

describe("TLS", () => {
  let tls: TlsServer;
  let port: number;
  /** What came decrypted. */
  let heard = "";
  beforeAll(async () => {
    const pem = readFileSync(PEM, "utf8");
    const target = Number(new URL(server.url).port);
    tls = createServer({ key: pem, cert: pem }, (desk) => {
      const behind = connect(target, "127.0.0.1");
      desk.on("data", (bytes) => (heard += bytes.toString("latin1")));
      for (const socket of [desk, behind]) socket.on("error", () => {}); // told by the close that follows
      desk.pipe(behind).pipe(desk);
      desk.on("close", () => behind.destroy());
      behind.on("close", () => desk.destroy());
    });
    tls.on("tlsClientError", () => {});
    tls.listen(0, "127.0.0.1");
    await once(tls, "listening");
    port = (tls.address() as AddressInfo).port;
  });
  afterAll(() => void tls?.close());

  test("a certificate that nobody vouches for: tls-failed, and nothing is sent there", async () => {
    heard = "";
    const { code, check, codes } = await examine(`https://localhost:${port}`, [], { DESKWIRE_TOKEN: TOKEN });
    assert.deepEqual([code, codes()], [1, ["tls-failed"]]);
    assert.deepEqual([check("tls").state, check("tls").fault, check("upgrade").state], ["fail", "tls-failed", "skipped"]);
    assert.match(check("tls").says, /self.signed/i);
    assert.equal(heard, "");
  });

  test("one that is trusted: protocol, names and days left; an address in host-meta without TLS is not followed", async () => {
    const { check } = await examine(`https://localhost:${port}`, [], { NODE_EXTRA_CA_CERTS: PEM });
    assert.equal(check("tls").state, "ok", check("tls").says);
    assert.match(check("tls").says, /^TLSv1\.3; certificate for localhost, 127\.0\.0\.1, by Deskwire tests, \d+ days left\.$/);
    assert.equal(check("sign-in").state, "ok", check("sign-in").says);
    assert.match(check("upgrade").says, /wss:\/\/localhost/);
    assert.deepEqual([check("discovery").state, check("name").state], ["fail", "ok"]);
    assert.match(check("discovery").says, /from TLS to an address without/);
  });

  test("a port that speaks no TLS: tls-failed", async () => {
    const { code, codes } = await examine(server.url.replace("http:", "https:"), ["--timeout", "3"]);
    assert.deepEqual([code, codes()], [1, ["tls-failed"]]);
  });
});

const unusable: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
  ["no address", [], /missing required argument/],
  ["an address of something else", ["ftp://127.0.0.1"], /no http:, https:, ws: or wss: address/],
  ["a password in the address", ["http://7001:pw-7001@127.0.0.1"], /does not belong into the address/],
  ["a user without a password, and nobody to ask", ["http://127.0.0.1:1", "--user", "7001"], /--password-file, or DESKWIRE_PASSWORD/],
  ["a password file that does not exist", ["http://127.0.0.1:1", "--user", "7001", "--password-file", "/nowhere"], /--password-file \/nowhere/],
  ["a password as an argument", ["http://127.0.0.1:1", "--password", "pw-7001"], /unknown option/],
  ["a time that is none", ["http://127.0.0.1:1", "--timeout", "soon"], /number of seconds/],
  ["an address of something else with a password", ["ftp://7001:pw-7001@127.0.0.1"], /no http:, https:, ws: or wss: address/],
  ["an origin with a path", ["http://127.0.0.1:1", "--origin", "https://a.example/b"], /is no origin/],
];
for (const [what, args, says] of unusable) {
  test(`exit code 2: ${what}`, async () => {
    const { code, stdout, stderr } = await deskwire(["doctor", ...args]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, says);
    assert.ok(!stderr.includes(PASSWORD));
  });
}
