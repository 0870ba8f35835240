/** Frames into steps: the conversation of the article, frame by frame. */

import assert from "node:assert/strict";
import { test } from "vitest";

import { explain } from "../../explain/mod.ts";
import { connectionOf, conversationOf, recordingOf } from "./support.ts";

test("RFC 7395 §3: each frame of the sign-in is what the article says it is", () => {
  const frames = conversationOf("login.txt")[0]?.frames ?? [];
  const { frames: explained } = explain(recordingOf([connectionOf(frames)]));
  assert.deepEqual(
    explained.map(({ kind }) => kind),
    [
      ...["open-request", "open-response", "features", "auth-request", "auth-success"],
      ...["open-request", "open-response", "features", "bind-request", "bind-response", "session-request", "session-response"],
      ...[
        "presence-available",
        "presence-available",
        "presence-available",
        "subscribe-request",
        "subscribe-response",
        "subscribe-request",
        "subscribe-response",
      ],
      ...["event", "event", "ping", "pong", "presence-unavailable", "presence-unavailable", "close", "close"],
    ],
  );
});
