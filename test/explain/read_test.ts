/** Reading HAR files and pasted text, and saving them so that they can be read again. */

import assert from "node:assert/strict";
import { describe, test } from "vitest";

import { explain, readHar, readPasted, RecordingError, type RecordingProblem, writeHar, writeText } from "../../explain/mod.ts";
import * as say from "./support.ts";
import { base64, codesOf, connectionOf, framesOf, kindsOf, recordingOf, type Said, START, upgradeOf } from "./support.ts";

const harOf = (entries: readonly object[], creator = { name: "WebInspector", version: "537.36" }) =>
  JSON.stringify({ log: { version: "1.2", creator, pages: [], entries } });

/** An entry of a socket as Chrome saves it. */
function socket(said: readonly Said[], more: object = {}): object {
  const frames = framesOf(said);
  return {
    startedDateTime: new Date(START).toISOString(),
    time: (frames.at(-1)?.at ?? START) - START,
    _resourceType: "websocket",
    _webSocketMessages: frames.map(({ direction, at, text }) => ({
      type: direction === "out" ? "send" : "receive",
      time: (at ?? 0) / 1000,
      opcode: 1,
      data: text,
    })),
    request: { method: "GET", url: "wss://cc1.acme.test/ws/", headers: [{ name: "Sec-WebSocket-Protocol", value: "xmpp" }] },
    response: { status: 101, statusText: "Switching Protocols", headers: [{ name: "Sec-WebSocket-Protocol", value: "xmpp" }] },
    timings: { blocked: 1, dns: -1, connect: 2, send: 0, wait: 4, receive: 0 },
    ...more,
  };
}

const problemOf = (read: () => unknown): RecordingProblem | undefined => {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof RecordingError, String(error));
    assert.match(error.message, /^[A-Z].*\.$/);
    return error.problem;
  }
  return undefined;
};

describe("readHar()", () => {
  test("Chrome's file: frames with their way and time, the upgrade with its headers", () => {
    const { source, creator, connections, notes } = readHar(harOf([socket(say.SUBSCRIBED)]));
    assert.deepEqual([source, creator, notes, connections.length], ["har", "WebInspector 537.36", [], 1]);
    const [connection] = connections;
    assert.deepEqual(connection?.frames, framesOf(say.SUBSCRIBED));
    assert.equal(connection?.upgrade?.status, 101);
    assert.equal(connection?.upgrade?.answeredAt, START + 7);
    assert.equal(connection?.ended, null);
  });

  test("messages out of order are put in order; those of another opcode are left out", () => {
    const messages = [
      { type: "receive", time: START / 1000 + 2, opcode: 1, data: "<b/>" },
      { type: "send", time: START / 1000 + 1, opcode: 1, data: "<a/>" },
      { type: "receive", time: START / 1000 + 3, opcode: 9, data: "" },
      { type: "send", time: START / 1000 + 4, opcode: 2, data: base64("<c>é</c>") },
    ];
    const [connection] = readHar(harOf([socket([], { _webSocketMessages: messages })])).connections;
    assert.deepEqual(
      connection?.frames.map(({ text, binary }) => [text, binary === true]),
      [
        ["<a/>", false],
        ["<b/>", false],
        ["<c>é</c>", true],
      ],
    );
  });

  test("a handshake that failed: status 0, the reason in a message, a time of 1969", () => {
    const entry = socket([], {
      ...{ startedDateTime: "1969-12-31T23:59:59.000Z", time: 1526787.3 },
      _webSocketMessages: [{ type: "error", time: 1525.78, opcode: -1, data: "Error in connection establishment: net::ERR_CERT_DATE_INVALID" }],
      ...{ request: { method: "", url: "wss://a.test/ws/", headers: [] }, response: { status: 0, headers: [] } },
    });
    const recording = readHar(harOf([entry]));
    const [connection] = recording.connections;
    assert.deepEqual([connection?.upgrade?.startedAt, connection?.upgrade?.answeredAt, recording.until], [null, null, null]);
    assert.deepEqual(codesOf(explain(recording)), ["tls-failed"]);
  });

  test("a socket that was closed is known by an entry that goes on after its last frame", () => {
    const entry = socket(say.SUBSCRIBED);
    const { time } = entry as { time: number };
    const [connection] = readHar(harOf([{ ...entry, time: time + 61_000 }])).connections;
    assert.equal(connection?.ended?.at, START + time + 61_000);
    assert.deepEqual(codesOf(explain(readHar(harOf([{ ...entry, time: time + 60_300 }])))), ["idle-proxy"]);
  });

  test("Firefox's file: the upgrade is there, the frames are not, and nothing is held against that", () => {
    const { _webSocketMessages: _, _resourceType: __, ...entry } = socket([]) as Record<string, unknown>;
    const recording = readHar(harOf([entry], { name: "Firefox", version: "140.0" }));
    assert.deepEqual(recording.notes, ["firefox-no-frames"]);
    const explanation = explain(recording);
    assert.deepEqual(explanation.faults, []);
    assert.deepEqual(explanation.steps[0], { connection: 0, step: "upgrade", state: "done", frames: 0 });
    assert.ok(explanation.connections[0]?.upgrade.some(({ name, value }) => name === "sec-websocket-protocol" && value === "xmpp"));
  });

  test("Firefox's file of a handshake that failed has no status, and no reason", () => {
    const { _webSocketMessages: _, _resourceType: __, ...entry } = socket([], { response: { status: 0, headers: [] } }) as Record<string, unknown>;
    assert.deepEqual(codesOf(explain(readHar(harOf([entry], { name: "Firefox", version: "140.0" })))), ["handshake-failed"]);
  });

  test("other sockets of the page are left out, and it says so", () => {
    const other = socket([], {
      _webSocketMessages: [{ type: "receive", time: START / 1000, opcode: 1, data: '{"type":"connected"}' }],
      request: { method: "GET", url: "wss://a.test/hmr", headers: [{ name: "Sec-WebSocket-Protocol", value: "vite-hmr" }] },
    });
    const { connections, notes } = readHar(harOf([other, socket(say.PRESENT)]));
    assert.deepEqual([connections.length, notes], [1, ["other-sockets"]]);
  });

  test("a socket that carries markup of another kind is another, too", () => {
    const messages = [{ type: "receive", time: START / 1000, opcode: 1, data: "<turbo-stream action='append'></turbo-stream>" }];
    const other = (name: string) => socket([], { _webSocketMessages: messages, request: { url: "wss://a.test/cable", headers: [{ name, value: "a" }] } });
    for (const name of ["Sec-WebSocket-Protocol", "Upgrade"]) {
      const { connections, notes } = readHar(harOf([other(name), socket(say.PRESENT)]));
      assert.deepEqual([connections.length, notes], [1, ["other-sockets"]]);
    }
  });

  test("times in milliseconds, as some programs write them", () => {
    const messages = framesOf(say.PRESENT).map(({ direction, at, text }) => ({
      type: direction === "out" ? "send" : "receive",
      time: at,
      opcode: 1,
      data: text,
    }));
    const { connections, until } = readHar(harOf([socket([], { _webSocketMessages: messages, time: 0 })]));
    assert.deepEqual(connections[0]?.frames, framesOf(say.PRESENT));
    assert.equal(until, framesOf(say.PRESENT).at(-1)?.at);
  });

  test("an entry, or the log, copied alone", () => {
    const entry = socket(say.PRESENT);
    for (const text of [JSON.stringify(entry), JSON.stringify({ entries: [entry] })]) {
      assert.deepEqual(readHar(text).connections[0]?.frames, framesOf(say.PRESENT));
    }
  });

  test("sockets of one page are in the order of their beginning", () => {
    const later = socket([["out", say.OPEN, 90_000]], { startedDateTime: new Date(START + 80_000).toISOString() });
    const { connections } = readHar(harOf([later, socket(say.PRESENT)]));
    assert.deepEqual(
      connections.map(({ frames }) => frames.length),
      [say.PRESENT.length, 1],
    );
  });

  test("XEP-0124: the requests of each session of BOSH, with their answers, base64 too", () => {
    const BODY = 'xmlns="http://jabber.org/protocol/httpbind"';
    const exchange = (at: number, request: string, response: string, more: object = {}) => ({
      startedDateTime: new Date(START + at).toISOString(),
      time: 20,
      request: { method: "POST", url: "https://a.test/http-bind/", headers: [], postData: { mimeType: "text/xml", text: request } },
      response: { status: 200, headers: [], content: { text: response, ...more } },
    });
    const create = `<body ${BODY} rid="1" to="cc1.acme.test"/>`;
    const created = (sid: string) => `<body ${BODY} sid="${sid}" wait="60" requests="2" from="cc1.acme.test">${say.FEATURES}</body>`;
    const auth = `<body ${BODY} rid="2" sid="one">${say.AUTH}</body>`;
    const success = `<body ${BODY}>${say.SUCCESS}</body>`;
    const recording = readHar(
      harOf([
        exchange(0, create, created("one")),
        exchange(10, create, created("two")),
        exchange(30, auth, base64(success), { encoding: "base64" }),
        { request: { method: "GET", url: "https://a.test/" }, response: { status: 200 } },
      ]),
    );
    assert.deepEqual(
      recording.connections.map(({ transport, frames }) => [transport, frames.length]),
      [
        ["bosh", 4],
        ["bosh", 2],
      ],
    );
    const explanation = explain(recording);
    assert.deepEqual(kindsOf(explanation), [
      ...["open-request", "open-response", "features", "auth-request", "auth-success"],
      ...["open-request", "open-response", "features"],
    ]);
  });

  const broken: readonly (readonly [what: string, text: string, problem: RecordingProblem])[] = [
    ["nothing", "  \n", "empty"],
    ["no JSON", "<html>", "not-json"],
    ["JSON with a fault", '{"log": {"entries": [}]}}', "not-json"],
    ["cut off", harOf([socket(say.PRESENT)]).slice(0, 900), "truncated"],
    ["other JSON", '{"a": 1}', "not-har"],
    ["a list", "[]", "not-har"],
    ["null", "null", "not-har"],
    ["no entries", '{"log":{"entries":{}}}', "not-har"],
    ["no connection", '{"log":{"entries":[{"request":{"url":"https://a.test/"}}, null, 3, []]}}', "no-connections"],
  ];
  test.each(broken)("%s is refused with a plain reason", (_, text, problem) => {
    assert.equal(
      problemOf(() => readHar(text)),
      problem,
    );
  });

  test("entries that are not as they should be are read as far as they go", () => {
    const odd = [
      {
        _webSocketMessages: [null, 3, { type: "send" }, { type: "receive", time: "x", data: 7 }],
        request: "GET",
        response: [],
        startedDateTime: 4,
        time: "long",
      },
    ];
    const { connections } = readHar(`\ufeff${harOf(odd)}`);
    assert.deepEqual(
      connections[0]?.frames.map(({ at, text }) => [at, text]),
      [
        [null, ""],
        [null, ""],
      ],
    );
  });
});

describe("readPasted()", () => {
  const frames = say.SUBSCRIBED.map(([direction, text]) => [direction, text] as const);
  const clock = (at: number) => new Date(START + at * 100).toISOString().slice(11, 23);
  const FORMATS: Readonly<Record<string, (direction: "out" | "in", text: string, at: number) => string>> = {
    "arrows before": (direction, text) => `${direction === "out" ? "→" : "←"} ${text}`,
    "arrows of ASCII": (direction, text) => `${direction === "out" ? ">>" : "<<"} ${text}`,
    "Chrome's list, arrows and columns": (direction, text, at) => `${direction === "out" ? "⬆" : "⬇"}${text}\t${text.length}\t${clock(at)}`,
    "words and a time": (direction, text, at) => `${clock(at)} ${direction === "out" ? "SENT" : "RECV"}: ${text}`,
    "words on a line of their own": (direction, text) => `${direction === "out" ? "Sent:" : "Received:"}\n${text}\n`,
    "the article's headings": (direction, text) => `${direction === "out" ? "Request – auth" : "Response"}\n\n${text}\n`,
    "German headings": (direction, text) => `${direction === "out" ? "Anfrage" : "Antwort"}\n${text}\n`,
    "C and S": (direction, text) => `${direction === "out" ? "C" : "S"}: ${text}`,
    "the tests' own": (direction, text) => `desk ${direction === "out" ? "sends" : "receives"}: ${text}`,
    "indented over several lines": (direction, text) => `${direction === "out" ? "out" : "in"}\n${text.replaceAll("><", ">\n  <")}\n`,
    "arrows and strings of JSON": (direction, text) => `${direction === "out" ? "↑" : "↓"} ${JSON.stringify(text)}`,
    "comments of an XML console": (direction, text) => `<!-- ${direction === "out" ? "Out" : "In"} Mon 01 Jun -->\n${text}\n`,
    "a time of its own line behind": (direction, text, at) => `${direction === "out" ? "⬆" : "⬇"}${text}\n${text.length}\n${clock(at)}`,
    "nothing but strings of JSON": (_, text) => JSON.stringify(text),
    "nothing but cells of CSV": (_, text) => `"${text.replaceAll('"', '""')}"`,
    "nothing but escaped for HTML": (_, text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
    "nothing but the frames": (_, text) => text,
    "all in one line": (_, text) => text,
  };

  test.each(Object.entries(FORMATS))("%s", (name, write) => {
    const text = frames.map(([direction, frame], at) => write(direction, frame, at)).join(name === "all in one line" ? "" : "\n");
    const recording = readPasted(text);
    assert.deepEqual(
      recording.connections.map(({ frames: read }) => read.map(({ direction }) => direction)),
      [frames.map(([direction]) => direction)],
    );
    const explanation = explain(recording);
    assert.deepEqual(explanation.faults, []);
    assert.deepEqual(kindsOf(explanation), kindsOf(explain(recordingOf([connectionOf(framesOf(say.SUBSCRIBED))]))));
    assert.equal(recording.notes.includes("no-directions"), name.startsWith("nothing") || name.startsWith("all"));
    const hasTimes = name.includes("time") || name.includes("columns");
    assert.equal(recording.notes.includes("no-times"), !hasTimes);
    if (hasTimes) assert.equal((recording.connections[0]?.frames[3]?.at ?? 0) - (recording.connections[0]?.frames[0]?.at ?? 0), 300);
  });

  test("midnight between two frames", () => {
    const [connection] = readPasted("23:59:59.900 → <open/>\n00:00:00.100 ← <open id='1'/>").connections;
    assert.equal((connection?.frames[1]?.at ?? 0) - (connection?.frames[0]?.at ?? 0), 200);
  });

  test("a HAR file, and the messages of one", () => {
    const har = harOf([socket(say.PRESENT)]);
    assert.equal(readPasted(har).source, "har");
    const messages = JSON.stringify((JSON.parse(har) as { log: { entries: { _webSocketMessages: unknown }[] } }).log.entries[0]?._webSocketMessages);
    assert.equal(readPasted(messages).connections[0]?.frames.length, say.PRESENT.length);
  });

  test("a table with the newest frame first", () => {
    const rows = framesOf(say.SUBSCRIBED).map(({ direction, at, text }) => `${direction === "out" ? "⬆" : "⬇"}${text}\t${new Date(at ?? 0).toISOString()}`);
    const read = (text: string) => readPasted(text).connections[0]?.frames;
    assert.deepEqual(read(rows.reverse().join("\n")), framesOf(say.SUBSCRIBED));
  });

  test("the messages of a HAR file with their name, an entry, a list of strings", () => {
    const entry = socket(say.PRESENT) as { readonly _webSocketMessages: readonly { readonly data: string }[] };
    const texts = [
      JSON.stringify(entry, null, 2),
      `"_webSocketMessages": ${JSON.stringify(entry._webSocketMessages, null, 2)},`,
      JSON.stringify(entry._webSocketMessages.map(({ data }) => data)),
    ];
    for (const text of texts) {
      const { connections } = readPasted(text);
      assert.deepEqual(
        connections.map(({ frames: read }) => read.map(({ direction, text: frame }) => [direction, frame])),
        [say.PRESENT.map(([direction, frame]) => [direction, frame])],
      );
    }
  });

  test("a frame that does not end is taken to the end of its line", () => {
    const [connection] = readPasted(`→ ${say.OPEN}\n→ <iq type="get"><ping>\n→ ${say.PRESENCE}`).connections;
    assert.deepEqual(
      connection?.frames.map(({ text }) => text),
      [say.OPEN, '<iq type="get"><ping>', say.PRESENCE],
    );
  });

  test.each([
    ["", "empty"],
    ["there is nothing of the kind in here", "no-frames-found"],
    ["[1, 2", "no-frames-found"],
  ] as const)("%s is refused with a plain reason", (text, problem) => {
    assert.equal(
      problemOf(() => readPasted(text)),
      problem,
    );
  });
});

describe("what is saved can be read again", () => {
  const recordings = {
    healthy: recordingOf([connectionOf(framesOf(say.SUBSCRIBED), { upgrade: upgradeOf() })]),
    "with a fault": recordingOf([
      connectionOf(framesOf([...say.OPENING, ["out", say.AUTH], ["in", say.failureOf("not-authorized")]]), { upgrade: upgradeOf() }),
    ]),
    failed: recordingOf([connectionOf([], { upgrade: say.failedUpgrade("Error during WebSocket handshake: Unexpected response code: 403") })]),
    "two of one page": recordingOf([
      connectionOf(framesOf([...say.SUBSCRIBED, ["in", say.streamErrorOf("system-shutdown")]]), { upgrade: upgradeOf() }),
      connectionOf(framesOf(say.SUBSCRIBED, START + 9000), { upgrade: upgradeOf({ startedAt: START + 8900, answeredAt: START + 8990 }) }),
    ]),
  };

  test.each(Object.entries(recordings))("as HAR: %s", (_, recording) => {
    const again = explain(readHar(writeHar(recording)));
    const before = explain(recording);
    assert.deepEqual(codesOf(again), codesOf(before));
    assert.deepEqual(
      again.frames.map(({ text, at, kind }) => [text, at, kind]),
      before.frames.map(({ text, at, kind }) => [text, at, kind]),
    );
    assert.equal(writeHar(readHar(writeHar(recording))), writeHar(readHar(writeHar(readHar(writeHar(recording))))));
  });

  const odd = recordingOf(
    [
      connectionOf(framesOf([...say.PRESENT, ["out", `${say.pingOf("1")}${say.pingOf("2")}`], ["in", "no markup\n\nat all"]]), {
        ...{ upgrade: upgradeOf(), ended: { at: START + 70_000, code: 1006, reason: "lost" } },
      }),
      connectionOf([{ direction: "out", at: null, text: "<a/>", binary: true }]),
    ],
    START + 90_000,
  );
  test.each(Object.entries({ ...recordings, odd }))("as text: %s", (_, recording) => {
    const again = explain(readPasted(writeText(recording)));
    const before = explain(recording);
    assert.deepEqual(codesOf(again), codesOf(before));
    assert.deepEqual(
      again.frames.map(({ text, at, direction, kind }) => [text, at, direction, kind]),
      before.frames.map(({ text, at, direction, kind }) => [text, at, direction, kind]),
    );
    // The size is that of what was read, and so of the masked frame.
    const sizeless = (text: string) => text.replace(/ \d+ B/g, "");
    assert.equal(sizeless(writeText(readPasted(writeText(recording)))), sizeless(writeText(recording)));
  });
});
