/**
 * The three servers, each with the same people, nodes and rights, and a back end that takes away what a conversation made.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { Conversation } from "../../test/conversations/format.ts";
import { startDeskwire } from "../recorder/servers/deskwire.ts";
import { startEjabberd } from "../recorder/servers/ejabberd.ts";
import { AGENTS, DOMAIN, type Peer, PUBSUB, teamNode, userNode } from "../recorder/servers/peer.ts";
import { startProsody } from "../recorder/servers/prosody.ts";
import { CLOSED_NODE } from "../recorder/servers/staff.ts";
import { XmppClient } from "../recorder/servers/xmpp_client.ts";
import type { ServerName } from "./verdicts.ts";

const run = promisify(execFile);

export interface Subject {
  readonly name: ServerName;
  readonly peer: Peer;
  /** Takes away the nodes that a conversation made, and the contacts of its users. */
  clear(conversation: Conversation): Promise<void>;
  stop(): Promise<void>;
}

/** The nodes that there are from the start. */
const STAFFED = new Set([...AGENTS.map(userNode), teamNode("42"), CLOSED_NODE]);
/** Wrong passwords are a part of this, and no attack. */
const DESKWIRE = { LOCKOUT_FAILURES: "1000" };
const EJABBERD = "  mod_ping: {}\n  mod_time: {}\n  mod_version: {}\n  mod_offline: {}\n  mod_last: {}";
const STARTS: Readonly<Record<ServerName, () => Promise<Peer>>> = {
  deskwire: () => startDeskwire({ variables: DESKWIRE }),
  prosody: () => startProsody({ offline: true }),
  ejabberd: () => startEjabberd({ modules: EJABBERD }),
};

/** Version of the Debian package, whose places the configuration names; undefined: it is not there. */
export async function versionOf(name: ServerName): Promise<string | undefined> {
  if (name === "deskwire") return "this one";
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own
  const found = await run("dpkg-query", ["--show", "--showformat=${Version}", name]).catch(() => undefined);
  return found?.stdout.trim() || undefined;
}

export async function startSubject(name: ServerName): Promise<Subject> {
  const peer = await STARTS[name]();
  const sweeper = await XmppClient.signedIn(peer.socketUrl, "backend", "sweeper");
  return {
    name,
    peer,
    async clear(conversation) {
      for (const node of nodesOf(conversation))
        await sweeper.request("set", `<pubsub xmlns="http://jabber.org/protocol/pubsub#owner"><delete node="${node}"/></pubsub>`, PUBSUB).catch(() => {});
      if (touchesContacts(conversation)) for (const user of ["7001", "7002"]) await forgetContacts(peer.socketUrl, user);
    },
    async stop() {
      sweeper.cut();
      await peer.stop();
    },
  };
}

function touchesContacts({ steps }: Conversation): boolean {
  return steps.some((step) => step.does === "sends" && /jabber:iq:roster|type="(?:un)?subscribe/.test(step.text));
}

function nodesOf({ steps }: Conversation): ReadonlySet<string> {
  const sent = steps.flatMap((step) => (step.does === "sends" ? [step.text] : []));
  const published = steps.flatMap((step) => (step.does === "publishes" ? [step.who] : []));
  const named = sent.flatMap((text) => [...text.matchAll(/<(?:create|publish|delete|configure) node="([^"{]+)"/g)].map(([, node = ""]) => node));
  return new Set([...named, ...published].filter((node) => !STAFFED.has(node)));
}

async function forgetContacts(socketUrl: string, user: string): Promise<void> {
  const client = await XmppClient.signedIn(socketUrl, user, "sweeper");
  const roster = await client.request("get", '<query xmlns="jabber:iq:roster"/>');
  const contacts = [...roster.matchAll(/jid=["']([^"']+)["']/g)].map(([, jid = ""]) => jid).filter((jid) => jid !== `finesse@${DOMAIN}`);
  for (const jid of contacts) {
    await client.request("set", `<query xmlns="jabber:iq:roster"><item jid="${jid}" subscription="remove"/></query>`).catch(() => {});
  }
  client.cut();
}
