/**
 * stanza, the library once called stanza.io.
 *
 * @module
 */

import { createClient } from "stanza";

import { type Connect, mechanismOf, type Options, type StockClient, type StockEvent, Mailbox } from "./client.ts";

const SCRAM = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"];

export const connectStanza: Connect = async ({ socketUrl, domain, user, password, resource, mechanism }: Options): Promise<StockClient> => {
  const client = createClient({
    jid: `${user}@${domain}`,
    server: domain,
    resource,
    credentials: { username: user, password },
    transports: socketUrl.startsWith("ws") ? { websocket: socketUrl, bosh: false } : { websocket: false, bosh: socketUrl },
    autoReconnect: false,
  });
  if (mechanism === "PLAIN") for (const name of SCRAM) client.sasl.disable(name);
  const events = new Mailbox<StockEvent>();
  const presences = new Mailbox<string>();
  const ended = new Mailbox<true>();
  let usedMechanism = "";
  let lastFrame = "";
  client.on("raw:outgoing", (sent) => {
    usedMechanism ||= mechanismOf(sent) ?? "";
  });
  client.on("raw:incoming", (frame) => {
    lastFrame = frame;
  });
  client.on("message", (message) => {
    const node = "pubsub" in message ? (message.pubsub as { items?: { node?: string } } | undefined)?.items?.node : undefined;
    // It drops payloads that it has no definition for, so that their text is read from the frame.
    events.put({ node: node ?? "", text: unescaped(/<notification[^>]*>([^<]*)</.exec(lastFrame)?.[1] ?? "") });
  });
  client.on("presence", ({ from }) => presences.put(from ?? ""));
  client.on("disconnected", () => ended.put(true));
  const started = new Promise<void>((done, failed) => {
    client.on("session:started", () => done());
    client.on("disconnected", () => failed(new Error("stanza: disconnected before the session started")));
  });
  await client.connect();
  await started;
  return {
    jid: client.jid,
    usedMechanism,
    announce() {
      client.sendPresence();
      return presences.take();
    },
    async subscribe(node) {
      return (await client.subscribeToNode(`pubsub.${domain}`, { node, jid: client.jid })).state ?? "";
    },
    nextEvent: () => events.take(),
    async ping() {
      await client.ping(domain);
    },
    async disconnect() {
      await client.disconnect();
      await ended.take();
    },
  };
};

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&apos;", "'").replaceAll("&amp;", "&");
}
