/**
 * @xmpp/client as it is: stream management and reconnection are its own. When its stream is gone it subscribes anew, and
 * its user reads the state anew.
 *
 * Version 0.14 does not count the answers to its own requests, nor the requests that it answers (what takes them stands
 * before the counter and passes nothing on), so that it says less than it has had when it resumes, and may get as much
 * again. What came is counted here, too: what it did not tell of is told apart from what the server repeats.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import { client, xml, type XmlElement, type XmppClient } from "@xmpp/client";

import { type EndedBy, positionOf } from "../ledger.ts";
import { numberIn, PUBSUB_NS, type Reader, type ReaderKind, type ReaderOptions } from "./reader.ts";

export const XMPP_JS: ReaderKind = { name: "@xmpp/client", resumes: true, catchesUp: false, make: (options) => new XmppJsReader(options) };

const RECONNECT_MS = 300;

class XmppJsReader implements Reader {
  readonly #of: ReaderOptions;
  readonly #xmpp: XmppClient;
  #endedBy: EndedBy = "network";
  #streams = 0;
  /** Stanzas that came, in the numbers that its last `<resume/>` told. */
  #came = 0;
  /** What it told. */
  #told = 0;
  /** How many of the next stanzas may come again because it did not tell of them. */
  #recounts = 0;
  #isRecount = false;
  #present: (() => void) | null = null;
  isOnline = false;

  constructor(options: ReaderOptions) {
    this.#of = options;
    const { socketUrl, domain, user, password } = options;
    // By itself it never sends PLAIN over ws:, so that has to be asked for.
    this.#xmpp = client({ service: socketUrl, domain, resource: "rig", credentials: (authenticate) => authenticate({ username: user, password }, "PLAIN") });
    this.#xmpp.reconnect.delay = RECONNECT_MS;
    this.#xmpp.on("error", () => {});
    this.#xmpp.on("disconnect", () => {
      this.isOnline = false;
    });
    this.#xmpp.on("nonza", (nonza) => {
      if (nonza.is("error")) this.#endedBy = "server";
    });
    this.#xmpp.on("online", () => {
      const stream = ++this.#streams;
      void this.#join(stream).catch(() => stream === this.#streams && void this.#xmpp.disconnect().catch(() => {}));
    });
    this.#xmpp.streamManagement.on("resumed", () => {
      this.#endedBy = "network";
      this.isOnline = true;
    });
    this.#xmpp.on("element", (element) => this.#count(element));
    this.#xmpp.on("send", (element) => {
      if (element.is("resume")) this.#told = Number(element.attrs.h);
    });
    this.#xmpp.on("stanza", (stanza) => {
      if (stanza.is("presence")) this.#present?.();
      const items = stanza.is("message") ? stanza.getChild("event")?.getChild("items") : undefined;
      const position = positionOf(stanza.attrs.id ?? "");
      if (!items?.attrs.node || !position) return;
      const text = items.getChild("item")?.getChildText("notification") ?? "";
      options.diary.note({ is: "received", node: items.attrs.node, position, n: numberIn(text), isRecount: this.#isRecount });
    });
  }

  async start(): Promise<void> {
    await this.#xmpp.start();
    while (!this.isOnline) await pause(20);
  }

  async stop(): Promise<void> {
    this.#xmpp.reconnect.stop();
    await this.#xmpp.stop().catch(() => {});
  }

  /** Of what it left out, the server may have been shown some and sends that no more: so many come again at most. */
  #count(element: XmlElement): void {
    if (element.is("enabled")) this.#came = 0;
    if (element.is("presence") || element.is("message") || element.is("iq")) {
      this.#came++;
      this.#isRecount = this.#recounts > 0;
      if (this.#isRecount) this.#recounts--;
    }
    if (!element.is("resumed")) return;
    this.#of.diary.note({ is: "said", text: `${this.#came} stanzas had come, ${this.#told} were told of` });
    this.#of.diary.note({ is: "resumed" });
    this.#recounts = this.#came - this.#told;
    // The server goes on behind what it was told.
    this.#came = this.#told;
  }

  /** On a new stream. */
  async #join(stream: number): Promise<void> {
    const { diary, domain, user, nodes, automatic } = this.#of;
    if (stream > 1) diary.note({ is: "resume-failed" });
    diary.note({ is: "bound", endedBy: this.#endedBy });
    this.#endedBy = "network";
    const present = new Promise<void>((done) => {
      this.#present = done;
    });
    await this.#xmpp.send(xml("presence"));
    await present;
    for (const node of automatic) diary.note({ is: "subscribed", node });
    for (const node of nodes) {
      await this.#xmpp.iqCaller.set(xml("pubsub", { xmlns: PUBSUB_NS }, xml("subscribe", { node, jid: `${user}@${domain}/rig` })), `pubsub.${domain}`, 10_000);
      diary.note({ is: "subscribed", node });
    }
    this.isOnline = true;
  }
}
