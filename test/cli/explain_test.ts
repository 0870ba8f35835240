/** `deskwire explain`: recordings from files and stdin, in words and as JSON, with exit codes; no secret in any output. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "vitest";

import { FAULT_CODES } from "../../explain/mod.ts";
import { authOf, base64, CLOSE, failureOf, framesOf, OPENING, type Said, START, SUBSCRIBED } from "../explain/support.ts";
import { deskwire, ROOT } from "./support/command.ts";

interface Explained {
  readonly connections: readonly { readonly index: number; readonly frames: number }[];
  readonly steps: readonly { readonly connection: number; readonly step: string; readonly state: string; readonly frames: number }[];
  readonly faults: readonly {
    readonly code: string;
    readonly connection: number;
    readonly frame: number | null;
    readonly says: string;
    readonly fix: string;
    readonly page: string;
  }[];
  readonly verdict: string;
}

const folder = mkdtempSync(join(tmpdir(), "deskwire-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PASSWORD = "hunter2-zebra";
const REFUSED: readonly Said[] = [...OPENING, ["out", authOf("7001", PASSWORD)], ["in", failureOf("not-authorized")], ["out", CLOSE], ["in", CLOSE]];

/** A HAR file as Chrome saves it, with a socket for each conversation. */
function saved(name: string, conversations: readonly (readonly Said[])[], url = "wss://cc1.acme.test/ws/"): string {
  const entries = conversations.map((said, at) => {
    const start = START + at * 60_000;
    const frames = framesOf(said, start);
    return {
      startedDateTime: new Date(start).toISOString(),
      time: (frames.at(-1)?.at ?? start) - start,
      _resourceType: "websocket",
      _webSocketMessages: frames.map(({ direction, at: moment, text }) => ({
        ...{ type: direction === "out" ? "send" : "receive", time: (moment ?? 0) / 1000 },
        ...{ opcode: 1, data: text },
      })),
      request: { method: "GET", url, headers: [{ name: "Sec-WebSocket-Protocol", value: "xmpp" }] },
      response: { status: 101, statusText: "Switching Protocols", headers: [{ name: "Sec-WebSocket-Protocol", value: "xmpp" }] },
      timings: { blocked: 1, dns: -1, connect: 2, send: 0, wait: 4, receive: 0 },
    };
  });
  return written(name, JSON.stringify({ log: { version: "1.2", creator: { name: "WebInspector", version: "537.36" }, pages: [], entries } }));
}

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const healthy = saved("healthy.har", [SUBSCRIBED]);
const refused = saved("refused.har", [REFUSED]);

describe("deskwire explain --json", () => {
  test("a healthy conversation: exit code 0, an empty list of faults, each step done", async () => {
    const { code, stdout, stderr } = await deskwire(["explain", "--json", healthy]);
    const { faults, steps, connections } = JSON.parse(stdout) as Explained;
    assert.deepEqual([code, stderr, faults], [0, "", []]);
    assert.deepEqual(
      connections.map(({ frames }) => frames),
      [SUBSCRIBED.length],
    );
    assert.deepEqual(
      steps.filter(({ state }) => state !== "done"),
      [],
    );
    for (const step of ["upgrade", "open", "features", "auth", "restart", "bind", "presence", "subscribe-team"])
      assert.ok(
        steps.some((each) => each.step === step),
        step,
      );
  });

  test("a fault: exit code 1; its code, frame, sentence, fix and page", async () => {
    const { code, stdout, stderr } = await deskwire(["explain", refused, "--json"]);
    const { faults, steps } = JSON.parse(stdout) as Explained;
    assert.deepEqual([code, stderr], [1, ""]);
    const [fault, ...others] = faults;
    assert.deepEqual([fault?.code, fault?.connection, fault?.frame, others.length], ["wrong-password", 0, 4, 0]);
    assert.match(fault?.says ?? "", /7001/);
    assert.match(fault?.fix ?? "", /Check the user id/);
    assert.ok(existsSync(join(ROOT, fault?.page ?? "nowhere")), fault?.page);
    assert.equal(steps.find(({ step }) => step === "auth")?.state, "refused");
  });

  test("several connections: each fault says which", async () => {
    const { code, stdout } = await deskwire(["explain", "--json", saved("both.har", [SUBSCRIBED, REFUSED])]);
    const { faults, connections } = JSON.parse(stdout) as Explained;
    assert.deepEqual([code, connections.length], [1, 2]);
    const wrong = faults.find((fault) => fault.code === "wrong-password");
    assert.deepEqual([wrong?.connection, wrong?.frame], [1, SUBSCRIBED.length + 4]);
  });

  test("frames pasted into stdin", async () => {
    const input = REFUSED.map(([direction, text]) => `${direction === "out" ? "→" : "←"} ${text}`).join("\n");
    const { code, stdout } = await deskwire(["explain", "--json", "-"], { input });
    assert.equal(code, 1);
    assert.deepEqual(
      (JSON.parse(stdout) as Explained).faults.map((fault) => fault.code),
      ["wrong-password"],
    );
  });
});

describe("deskwire explain", () => {
  test("steps with their state, then the fault with what to do and its page", async () => {
    const { code, stdout } = await deskwire(["explain", refused]);
    assert.equal(code, 1);
    for (const line of [
      /^Connection 1 {2}WebSocket {2}wss:/m,
      /^ {2}done +Features +1 frame$/m,
      /^ {2}refused +Sign-in /m,
      /^wrong-password .*frame 5\)$/m,
      /^ {2}Fix: /m,
    ])
      assert.match(stdout, line);
    assert.match(stdout, /^ {2}docs\/faults\/wrong-password\.md$/m);
  });

  test("in German", async () => {
    const { code, stdout } = await deskwire(["explain", "--language", "de", refused]);
    assert.equal(code, 1);
    assert.match(stdout, /^Verbindung 1/m);
    assert.match(stdout, /^ {2}Abhilfe: /m);
  });

  test("no fault: it says so", async () => {
    const { code, stdout } = await deskwire(["explain", healthy]);
    assert.deepEqual([code, stdout.trimEnd().split("\n").at(-1)], [0, "No fault."]);
  });

  test("into a pipe there are no colours", async () => {
    assert.ok(!(await deskwire(["explain", refused])).stdout.includes("\u001b"));
  });

  test("what the recording holds cannot steer the terminal", async () => {
    const hostile = saved("hostile.har", [REFUSED], "wss://cc1.acme.test/\u001b]0;owned\u0007");
    const { stdout } = await deskwire(["explain", hostile], { variables: { NO_COLOR: "1" } });
    assert.match(stdout, /owned/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  test("a reader who has read enough is no fault", () => {
    const many = saved(
      "many.har",
      Array.from({ length: 400 }, () => REFUSED),
    );
    const script = `"$0" cli/deskwire.mjs explain --json "$1" | head -c 10`;
    const { stdout, stderr, status } = spawnSync("bash", ["-c", script, process.execPath, many], { cwd: ROOT, encoding: "utf8" });
    assert.deepEqual([stdout.length, stderr, status], [10, "", 0]);
  });

  test("no secret is in any output", async () => {
    const secrets = [PASSWORD, base64(`7001@cc1.acme.test\u00007001\u0000${PASSWORD}`), base64(PASSWORD), "tok-314159"];
    const file = saved("secrets.har", [REFUSED], "wss://cc1.acme.test/ws/?token=tok-314159");
    for (const more of [[], ["--json"], ["--language", "de"]]) {
      const { stdout, stderr } = await deskwire(["explain", file, ...more]);
      assert.ok(stdout.length > 100);
      for (const secret of secrets) assert.ok(!`${stdout}${stderr}`.includes(secret), secret);
    }
  });
});

describe("the recordings", () => {
  const { recordings, secrets } = JSON.parse(readFileSync(join(ROOT, "test/recordings/index.json"), "utf8")) as {
    readonly recordings: readonly { readonly file: string; readonly expects: readonly string[] }[];
    readonly secrets: readonly string[];
  };
  // Each is explained in test/recordings; what the command adds is seen on some.
  for (const { file, expects } of recordings.filter((_, at) => at % 16 === 0)) {
    test(`${file}: ${expects.join(", ") || "no fault"}, in the exit code too, and no secret`, async () => {
      const { code, stdout } = await deskwire(["explain", "--json", `test/recordings/${file}`]);
      const { faults } = JSON.parse(stdout) as Explained;
      assert.deepEqual([...new Set(faults.map((fault) => fault.code))].sort(), [...expects].sort());
      assert.equal(code, expects.length > 0 ? 1 : 0);
      assert.ok(faults.every(({ says, fix }) => says !== "" && fix !== ""));
      for (const secret of secrets) assert.ok(!stdout.includes(secret), secret);
    });
  }
});

const unusable: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
  ["no command", [], /Usage: deskwire/],
  ["an unknown command", ["bogus"], /unknown command/],
  ["no file", ["explain"], /missing required argument/],
  ["an unknown option", ["explain", "--nonsense", "a.har"], /unknown option/],
  ["an unknown language", ["explain", "--language", "fr", "a.har"], /Allowed choices are en, de/],
  ["a file that does not exist", ["explain", join(folder, "none.har")], /there is no such file/],
  ["a folder", ["explain", folder], /it is a folder/],
  ["JSON that is no HAR file", ["explain", written("other.json", '{"a": 1}')], /no HAR file/],
  ["a file that ends in the middle", ["explain", written("cut.har", '{"log": {"entries": [')], /ends in the middle/],
  ["text without frames", ["explain", written("prose.txt", "nothing here")], /No XMPP frame/],
  ["nothing at all", ["explain", "-"], /There is nothing in it/],
];
for (const [what, args, says] of unusable) {
  test(`exit code 2: ${what}`, async () => {
    const { code, stdout, stderr } = await deskwire(args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, says);
  });
}

test("--help of each command tells the exit codes, on stdout", async () => {
  for (const args of [["--help"], ["explain", "--help"], ["doctor", "--help"]]) {
    const { code, stdout } = await deskwire(args);
    assert.equal(code, 0);
    for (const line of [/^ {2}0 {2}no fault$/m, /^ {2}1 {2}faults were found$/m, /^ {2}2 {2}wrong usage/m]) assert.match(stdout, line);
  }
});

test("a Node that is too old hands over to the one that npm brought, with arguments and exit code", () => {
  // The entry decides by `process.versions.node`: an older one is told to it before it runs.
  const older = "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})";
  const { status, stdout } = spawnSync(process.execPath, ["--import", older, "cli/deskwire.mjs", "explain", "--json", refused], {
    cwd: ROOT,
    encoding: "utf8",
  });
  assert.equal(status, 1);
  assert.equal((JSON.parse(stdout) as Explained).faults.length, 1);
});

test("every fault has a page", () => {
  for (const code of FAULT_CODES) assert.ok(existsSync(join(ROOT, `docs/faults/${code}.md`)), code);
});
