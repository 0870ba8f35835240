/**
 * Sign-ins that fail (RFC 6120 §6).
 *
 * @module
 */

import type { FaultCode } from "../../../explain/mod.ts";
import type { Library } from "../page_functions.ts";
import { auth, authText, bind, CLOSE, exchange, FEATURES, open, plainText, PRESENCE, signIn } from "../frames.ts";
import { DOMAIN, passwordOf, pause } from "../servers/peer.ts";
import type { Scenario, Stage } from "../stage.ts";
import type { Conversation } from "../tab.ts";
import { ALL, everywhere } from "./everywhere.ts";

const RAW = "raw frames";
const FAILURE = /^<failure/;
const FORMER = "former.acme.test";
const FORMER_ACCOUNTS: readonly { readonly code: FaultCode; readonly user: string; readonly state: string }[] = [
  { code: "account-disabled", user: "shut7001", state: "is disabled" },
  { code: "credentials-expired", user: "past7001", state: "has a password that expired" },
  { code: "locked-out", user: "lock7001", state: "is locked for now" },
];

/** A conversation that has seen the features. */
async function offered(stage: Stage, url: string, domain = DOMAIN): Promise<Conversation> {
  const talk = await stage.tab.connect(url);
  await exchange(talk, open(domain), FEATURES);
  return talk;
}

/** A stock client that must not get in. */
async function kept(
  stage: Stage,
  library: Library,
  options: { readonly socketUrl: string; readonly password: string; readonly mechanism?: "PLAIN" | "SCRAM" },
): Promise<void> {
  const outcome = await stage.tab.call("connectStock", library, { domain: DOMAIN, user: "7001", resource: "desktop", mechanism: "PLAIN", ...options });
  if (typeof outcome === "number") throw new Error("The client got in");
  if (!/fail|auth|status|disconnect/i.test(outcome)) throw new Error(outcome);
  await pause(1500);
}

const LIBRARIES: Readonly<Record<string, { readonly library: Library; readonly name: string }>> = {
  deskwire: { library: "strophe", name: "strophe.js" },
  prosody: { library: "stanza", name: "stanza" },
  ejabberd: { library: "xmppjs", name: "@xmpp/client" },
};

export const SIGN_IN: readonly Scenario[] = [
  {
    name: "no-common-mechanism-prosody-strophe",
    expects: ["no-common-mechanism"],
    server: "prosody",
    client: "strophe.js",
    how: "The client may only use PLAIN; the server does not take the WebSocket for secure and offers SCRAM alone.",
    async play(stage) {
      const { socketUrl } = await stage.servers.prosody({ secure: false });
      await kept(stage, "strophe", { socketUrl, password: passwordOf("7001") });
    },
  },
  ...everywhere(ALL, (server, start) => ({
    name: `no-common-mechanism-${server}`,
    expects: ["no-common-mechanism"],
    server,
    client: RAW,
    how: "The page asks for a mechanism that was not offered, and leaves.",
    async play(stage) {
      const talk = await offered(stage, (await start(stage)).socketUrl);
      await exchange(talk, authText(plainText({ user: "7001" }), "X-CISCO-SSO"), FAILURE);
      await talk.send(CLOSE);
      await talk.closed();
    },
  })),
  ...everywhere(ALL, (server, start) => ({
    name: `wrong-password-${server}`,
    expects: ["wrong-password"],
    server,
    client: LIBRARIES[server]?.name ?? "",
    how: "The password is another user's; the mechanism is PLAIN.",
    async play(stage) {
      await kept(stage, LIBRARIES[server]?.library ?? "strophe", { socketUrl: (await start(stage)).socketUrl, password: "pw-mistaken" });
    },
  })),
  {
    name: "wrong-password-deskwire-scram",
    expects: ["wrong-password"],
    server: "deskwire",
    client: "strophe.js",
    how: "The password is wrong; the mechanism is what the library picks, SCRAM-SHA-256.",
    async play(stage) {
      await kept(stage, "strophe", { socketUrl: (await stage.servers.deskwire()).socketUrl, password: "pw-mistaken", mechanism: "SCRAM" });
    },
  },
  ...FORMER_ACCOUNTS.map(
    ({ code, user, state }): Scenario => ({
      name: `${code}-prosody`,
      expects: [code],
      server: "prosody",
      client: RAW,
      how: `The server's provider of accounts says that this one ${state}.`,
      async play(stage) {
        const talk = await offered(stage, (await stage.servers.prosody()).socketUrl, FORMER);
        await exchange(talk, auth({ user, domain: FORMER }), FAILURE);
        await talk.send(CLOSE);
        await talk.closed();
      },
    }),
  ),
  {
    name: "authzid-refused-deskwire",
    expects: ["authzid-refused"],
    server: "deskwire",
    client: RAW,
    how: "The page signs in as 7001 and asks to act as 7002.",
    async play(stage) {
      const talk = await offered(stage, (await stage.servers.deskwire()).socketUrl);
      await exchange(talk, auth({ user: "7001", authzid: `7002@${DOMAIN}` }), FAILURE);
      await talk.send(CLOSE);
      await talk.closed();
    },
  },
  {
    name: "wrong-password-deskwire-locked",
    expects: ["wrong-password"],
    server: "deskwire",
    client: RAW,
    how: "Five sign-ins of the user with a wrong password came before, from another tab; the recorded one has the right password, and the lock does not show.",
    async play(stage) {
      const { socketUrl } = await stage.servers.deskwire();
      const other = await stage.another();
      for (let n = 0; n < 5; n++) {
        const guess = await other.connect(socketUrl);
        await exchange(guess, open(), FEATURES);
        await exchange(guess, auth({ user: "lone", password: "pw-mistaken" }), FAILURE);
        await guess.close();
      }
      const talk = await offered(stage, socketUrl);
      await exchange(talk, auth({ user: "lone" }), FAILURE);
      await talk.send(CLOSE);
      await talk.closed();
    },
  },
  ...everywhere(ALL, (server, start) => ({
    name: `auth-malformed-${server}-base64`,
    expects: ["auth-malformed"],
    server,
    client: RAW,
    how: "The text of <auth/> is no base64.",
    async play(stage) {
      const talk = await offered(stage, (await start(stage)).socketUrl);
      await exchange(talk, authText("7001:pw-7001"), FAILURE);
      await talk.send(CLOSE);
      await talk.closed();
    },
  })),
  {
    name: "auth-malformed-deskwire-plain",
    expects: ["auth-malformed"],
    server: "deskwire",
    client: RAW,
    how: "The PLAIN message has one part too few: it was put together without the leading NUL.",
    async play(stage) {
      const talk = await offered(stage, (await stage.servers.deskwire()).socketUrl);
      await exchange(talk, authText(Buffer.from(`7001\0${passwordOf("7001")}`).toString("base64")), FAILURE);
      await talk.send(CLOSE);
      await talk.closed();
    },
  },
  ...everywhere(["deskwire", "ejabberd"], (server, start) => ({
    name: `auth-unanswered-${server}`,
    expects: ["auth-unanswered"],
    server,
    client: RAW,
    how: "After the features a proxy lets nothing of the server through; the page gives up after 20 s.",
    waits: true,
    async play(stage) {
      const { port, socketUrl } = await start(stage);
      const way = await stage.way({ port });
      const talk = await offered(stage, way.url(socketUrl));
      way.hold();
      await talk.send(auth({ user: "7001" }));
      await pause(20_000);
      await talk.close();
    },
  })),
  ...everywhere(["deskwire", "prosody"], (server, start) => ({
    name: `auth-missing-${server}`,
    expects: ["auth-missing"],
    server,
    client: RAW,
    how: "After the features the page does nothing more, and closes after 20 s.",
    waits: true,
    async play(stage) {
      const talk = await offered(stage, (await start(stage)).socketUrl);
      await pause(20_000);
      await talk.close();
    },
  })),
  {
    name: "auth-missing-deskwire-presence-first",
    expects: ["auth-missing"],
    server: "deskwire",
    client: RAW,
    how: "After the features the page sends presence at once.",
    async play(stage) {
      const talk = await offered(stage, (await stage.servers.deskwire()).socketUrl);
      await talk.send(PRESENCE);
      await talk.closed();
    },
  },
  ...everywhere(ALL, (server, start) => ({
    name: `restart-missing-${server}`,
    expects: ["restart-missing"],
    server,
    client: RAW,
    how: "After <success/> the page binds at once, without the second <open/>; it gives up after 5 s where nothing happens.",
    async play(stage) {
      const talk = await stage.tab.connect((await start(stage)).socketUrl);
      await signIn(talk, { user: "7001", upTo: "auth" });
      await talk.send(bind());
      await pause(5000);
      await talk.close();
    },
  })),
];
