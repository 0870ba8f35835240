/**
 * Conversations without a fault, by different clients.
 *
 * @module
 */

import { fillIn, phaseIs } from "../../../test/browser/support/desk.ts";
import { serveConverse } from "../../../test/browser/support/converse.ts";
import { exchange, leave, ping, RESULT, signIn, subscribed } from "../frames.ts";
import type { Library } from "../page_functions.ts";
import { DOMAIN, passwordOf, pause, type Peer, type ServerName, teamNode, update, userNode } from "../servers/peer.ts";
import type { Scenario, Stage } from "../stage.ts";
import { atWork } from "./binding.ts";
import { ALL, everywhere } from "./everywhere.ts";
import { resumes } from "./live.ts";

const RAW = "raw frames";
const EVENT = /^<message/;
const SEED_DOMAIN = "uccxpub.prabhat.com";
/** Each library on each server, with the mechanism it uses there. */
const STOCK: readonly { readonly library: Library; readonly client: string; readonly mechanism: "PLAIN" | "SCRAM" }[] = [
  { library: "strophe", client: "strophe.js", mechanism: "SCRAM" },
  { library: "stanza", client: "stanza", mechanism: "PLAIN" },
  { library: "xmppjs", client: "@xmpp/client", mechanism: "SCRAM" },
];

/** A whole session of a stock client: presence, subscription, an event, a ping, good-bye. */
async function works(
  stage: Stage,
  peer: Peer,
  { library, url, mechanism }: { readonly library: Library; readonly url: string; readonly mechanism: "PLAIN" | "SCRAM" },
): Promise<void> {
  const { tab } = stage;
  const user = "7001";
  const client = await tab.call("connectStock", library, { socketUrl: url, domain: DOMAIN, user, password: passwordOf(user), resource: library, mechanism });
  if (typeof client === "string") throw new Error(client);
  await tab.call("announce", client);
  await tab.call("subscribe", client, userNode(user));
  await peer.publish(userNode(user), update(user, "READY"));
  await tab.call("nextEvent", client);
  await tab.call("ping", client);
  await tab.call("disconnect", client);
}

/** Converse.js on a page of its own, signing in by itself. */
function converse(server: ServerName, start: (stage: Stage) => Promise<Peer>): Scenario {
  const user = "7011";
  return {
    name: `healthy-converse-${server}`,
    expects: [],
    server,
    client: "converse.js",
    how: "Converse signs in by itself, reads its roster and what the server offers, and hears its contact come.",
    async page(stage) {
      const { socketUrl } = await start(stage);
      const site = await serveConverse(() => ({ socketUrl, jid: `${user}@${DOMAIN}/converse`, password: passwordOf(user) }));
      stage.own(site);
      return site.origin;
    },
    async play({ tab }) {
      await tab.page.waitForFunction('window.heard?.includes("rosterContactsFetched")');
      await pause(4000);
    },
  };
}

export const HEALTHY: readonly Scenario[] = [
  {
    name: "healthy-seed-deskwire",
    expects: [],
    server: "deskwire",
    client: "raw frames of Strophe 1.2.16",
    how: "The conversation of the seed document, step by step and with its names, against WIRE_PROFILE=finesse-strict; then an event and good-bye.",
    async play(stage) {
      const variables = { WIRE_PROFILE: "finesse-strict" };
      const peer = await stage.servers.deskwire({ variables, domain: SEED_DOMAIN, users: { administrator: "1234" } });
      const talk = await stage.tab.connect(peer.socketUrl);
      const jid = await signIn(talk, { user: "administrator", password: "1234", domain: SEED_DOMAIN });
      await subscribed(talk, jid, userNode("administrator"), teamNode("42"));
      await peer.publish(userNode("administrator"), update("administrator", "READY"));
      await talk.next(EVENT);
      await leave(talk);
    },
  },
  ...ALL.flatMap((server) =>
    STOCK.map(
      ({ library, client, mechanism }): Scenario => ({
        name: `healthy-${library}-${server}`,
        expects: [],
        server,
        client,
        how: "The library signs in, sends presence, subscribes its user's node, hears an event, pings and leaves.",
        async play(stage) {
          const peer = await stage.servers[server]();
          await works(stage, peer, { library, url: peer.socketUrl, mechanism });
        },
      }),
    ),
  ),
  ...everywhere(ALL, (server, start) => ({
    name: `healthy-strophe-bosh-${server}`,
    expects: [],
    server,
    client: "strophe.js",
    how: "The same by BOSH.",
    async play(stage: Stage) {
      const peer = await start(stage);
      await works(stage, peer, { library: "strophe", url: peer.boshUrl, mechanism: "PLAIN" });
    },
  })),
  converse("deskwire", (stage) => stage.servers.deskwire()),
  converse("prosody", (stage) => stage.servers.prosody()),
  {
    name: "healthy-client-deskwire",
    expects: [],
    server: "deskwire",
    client: "client/",
    how: "The project's client signs in, follows two nodes, hears two events and closes.",
    async play({ tab, servers }) {
      const peer = await servers.deskwire();
      const client = await tab.call("connectOwn", { url: peer.socketUrl, jid: `7001@${DOMAIN}/client`, password: passwordOf("7001") });
      await tab.call("ownStateIs", client, "online", 10_000);
      for (const node of [userNode("7001"), teamNode("42")]) {
        await tab.call("ownJoined", client, node);
        await peer.publish(node, update("7001", "READY"));
      }
      await pause(12_000); // a ping of its own
      if ((await tab.call("ownItems", client)) < 2) throw new Error("The items did not come");
      await tab.call("closeOwn", client);
      await pause(1000);
    },
  },
  {
    name: "healthy-client-resumed-deskwire",
    expects: [],
    server: "deskwire",
    client: "client/",
    how: "The project's client gives up its socket as a page does that is reloaded, and resumes its stream; an event that was published meanwhile follows.",
    async play({ tab, servers }) {
      const peer = await servers.deskwire();
      const client = await tab.call("connectOwn", { url: peer.socketUrl, jid: `7002@${DOMAIN}/client`, password: passwordOf("7002") });
      await tab.call("ownStateIs", client, "online", 10_000);
      await tab.call("ownJoined", client, userNode("7002"));
      await peer.publish(userNode("7002"), update("7002", "READY"));
      await pause(2000);
      await tab.call("suspendOwn", client);
      await peer.publish(userNode("7002"), update("7002", "TALKING"));
      await tab.call("resumeOwn", client);
      await tab.call("ownStateIs", client, "resumed", 10_000);
      await pause(1000);
      if ((await tab.call("ownItems", client)) < 2) throw new Error("The items did not come");
      await tab.call("closeOwn", client);
      await pause(1000);
    },
  },
  ...everywhere(["prosody", "ejabberd"], (server, start) => ({
    name: `healthy-resumed-${server}`,
    expects: [],
    server,
    client: RAW,
    how: "The page acknowledges, closes its socket without ending its stream, resumes it by another one, and gets the event that was published meanwhile.",
    async play(stage: Stage) {
      const peer = await start(stage);
      await resumes(stage, peer, peer.socketUrl);
    },
  })),
  {
    name: "healthy-desk-page-deskwire",
    expects: [],
    server: "deskwire",
    client: "the desk page",
    how: "An agent signs in on the desk page, its state changes, and it signs out.",
    page: async ({ servers }) => `${(await servers.deskwire()).url}/`,
    async play({ tab: { page }, servers }) {
      const { publish } = await servers.deskwire();
      await page.waitForSelector("#user");
      await fillIn(page, "7002");
      await phaseIs(page, "signed-in");
      await publish(userNode("7002"), update("7002", "READY"));
      await page.waitForSelector('[data-own-state="READY"]', { timeout: 5000 });
      await pause(2000);
    },
  },
  ...everywhere(ALL, (server, start) => ({
    name: `healthy-quiet-${server}`,
    expects: [],
    server,
    client: RAW,
    how: "One event comes, and then for three minutes nothing but an answered ping every 20 s.",
    waits: true,
    async play(stage: Stage) {
      const peer = await start(stage);
      const { talk } = await atWork(stage.tab, peer.socketUrl, "7018");
      await peer.publish(userNode("7018"), update("7018", "READY"));
      await talk.next(EVENT);
      for (let n = 0; n < 9; n++) {
        await pause(20_000);
        await exchange(talk, ping(), RESULT);
      }
      await leave(talk);
    },
  })),
];
