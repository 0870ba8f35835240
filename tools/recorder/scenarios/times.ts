/**
 * Answers that take too long, and clocks that are wrong.
 *
 * @module
 */

import { withoutFields } from "../faults/way.ts";
import { auth, exchange, FEATURES, leave, open, signIn, subscribed } from "../frames.ts";
import { pause, type Peer, userNode } from "../servers/peer.ts";
import type { Scenario, Stage } from "../stage.ts";
import { atWork } from "./binding.ts";
import { boundAndPresent, hears } from "./live.ts";

const RAW = "raw frames";

export const TIMES: readonly Scenario[] = [
  {
    name: "slow-step-deskwire",
    expects: ["slow-step"],
    server: "deskwire",
    client: RAW,
    how: "While the password is checked a proxy delays what the server says by 8 s.",
    waits: true,
    play: async (stage) => isSlow(stage, await stage.servers.deskwire(), { user: "7017", from: "auth" }),
  },
  {
    name: "slow-step-ejabberd",
    expects: ["slow-step"],
    server: "ejabberd",
    client: RAW,
    how: "While the user's node is subscribed a proxy delays what the server says by 8 s.",
    waits: true,
    play: async (stage) => isSlow(stage, await stage.servers.ejabberd(), { user: "7017", from: "subscribe" }),
  },
  ...["+600s", "-3600s"].map(
    (clock): Scenario => ({
      name: `clock-skew-prosody-${clock.startsWith("+") ? "ahead" : "behind"}`,
      expects: ["clock-skew"],
      server: "prosody",
      client: RAW,
      how: `The server's clock is off by ${clock} (libfaketime); the Date field of the 101 says so.`,
      async play(stage) {
        const peer = await stage.servers.prosody({ clock });
        const { talk } = await atWork(stage.tab, peer.socketUrl, "7001");
        await hears(talk, peer, "7001");
        await leave(talk);
      },
    }),
  ),
  {
    name: "clock-skew-prosody-delay",
    expects: ["clock-skew"],
    server: "prosody",
    client: RAW,
    how: "The server's clock is ten minutes ahead (libfaketime), and a proxy takes its Date field away; the <delay/> of a message that waited for the user says so.",
    async play(stage) {
      const peer = await stage.servers.prosody({ clock: "+600s", offline: true });
      peer.say("7001", "Please call the hotline");
      const way = await stage.way({ port: peer.port, answer: withoutFields("date") });
      const talk = await stage.tab.connect(way.url(peer.socketUrl));
      await signIn(talk, { user: "7001", upTo: "presence" });
      await talk.next(/^<message.*<delay/);
      await pause(500);
      await leave(talk);
    },
  },
];

/** Signs in by a way that is slow during one step, hears an event, and leaves. */
async function isSlow(stage: Stage, peer: Peer, { user, from }: { readonly user: string; readonly from: "auth" | "subscribe" }): Promise<void> {
  const way = await stage.way({ port: peer.port });
  const talk = await stage.tab.connect(way.url(peer.socketUrl));
  if (from === "auth") {
    await exchange(talk, open(), FEATURES);
    way.delayMs = 8000;
    await exchange(talk, auth({ user }), /^<success/);
    way.delayMs = 0;
    await exchange(talk, open(), FEATURES);
  } else {
    await signIn(talk, { user, upTo: "restart" });
  }
  const jid = await boundAndPresent(talk);
  way.delayMs = from === "subscribe" ? 8000 : 0;
  await subscribed(talk, jid, userNode(user));
  way.delayMs = 0;
  await hears(talk, peer, user);
  await leave(talk);
}
