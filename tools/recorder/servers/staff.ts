/**
 * The back end of a server that is not Deskwire: it makes the nodes and publishes, and the service contact is there.
 *
 * @module
 */

import type { Child } from "./child.ts";
import { AGENTS, DOMAIN, type Peer, PUBSUB, teamNode, userNode } from "./peer.ts";
import { XmppClient } from "./xmpp_client.ts";

const PUBSUB_NS = "http://jabber.org/protocol/pubsub";
/** As the seed document's contact says who it is. */
const CAPS = `<c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="http://www.igniterealtime.org/projects/smack" ver="NfJ3flI83zSdUDzCEICtbypursw="/>`;

/** Nobody may subscribe to it who is not on its list. */
export const CLOSED_NODE = teamNode("99");

export interface Staffed extends Pick<Peer, "publish" | "stop"> {
  /** Publishes the text of the payload as it stands, escaped by nobody. */
  publishRaw(node: string, payload: string): Promise<void>;
  /** Sends a user a message. */
  say(user: string, text: string): void;
  /** The service contact comes or goes. */
  setContact(isAvailable: boolean): void;
}

interface Started {
  readonly socketUrl: string;
  readonly child: Child;
}

/** Signs in the back end and the service contact, and makes all nodes. */
export async function peopled(started: Started): Promise<Staffed> {
  try {
    return await employ(started);
  } catch (fault) {
    await started.child.stop();
    throw fault;
  }
}

async function employ({ socketUrl, child }: Started): Promise<Staffed> {
  const backend = await XmppClient.signedIn(socketUrl, "backend");
  const finesse = await XmppClient.signedIn(socketUrl, "finesse", "pub");
  const setContact = (isAvailable: boolean) =>
    finesse.send(isAvailable ? `<presence xmlns="jabber:client">${CAPS}</presence>` : '<presence xmlns="jabber:client" type="unavailable"/>');
  setContact(true);
  for (const node of [...AGENTS.map(userNode), teamNode("42")]) await create(backend, node, "open");
  await create(backend, CLOSED_NODE, "whitelist");
  const publishRaw = async (node: string, payload: string) => {
    const item = `<item><notification xmlns="${PUBSUB_NS}">${payload}</notification></item>`;
    await backend.request("set", `<pubsub xmlns="${PUBSUB_NS}"><publish node="${node}">${item}</publish></pubsub>`, PUBSUB);
  };
  return {
    publishRaw,
    publish: (node, payload) => publishRaw(node, escaped(payload)),
    say: (user, text) => backend.send(`<message xmlns="jabber:client" type="chat" to="${user}@${DOMAIN}"><body>${escaped(text)}</body></message>`),
    setContact,
    async stop(signal) {
      await child.stop(signal);
      backend.cut();
      finesse.cut();
    },
  };
}

async function create(backend: XmppClient, node: string, access: "open" | "whitelist"): Promise<void> {
  const values = { access_model: access, persist_items: "0", send_last_published_item: "never", notification_type: "headline" };
  const fields = Object.entries(values).map(([name, value]) => `<field var="pubsub#${name}"><value>${value}</value></field>`);
  const form = `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>${PUBSUB_NS}#node_config</value></field>${fields.join("")}</x>`;
  await backend.request("set", `<pubsub xmlns="${PUBSUB_NS}"><create node="${node}"/><configure>${form}</configure></pubsub>`, PUBSUB);
}

/** An XML text as the text of an element. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
