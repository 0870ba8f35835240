/**
 * strophe.js as it is, without stream management: when its stream is gone it makes another one and subscribes anew, and
 * its user reads the state anew.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";
import { $iq, $pres, Strophe } from "strophe.js";

import { type EndedBy, positionOf } from "../ledger.ts";
import { numberIn, PUBSUB_NS, type Reader, type ReaderKind, type ReaderOptions } from "./reader.ts";

export const STROPHE: ReaderKind = { name: "strophe.js", resumes: false, catchesUp: false, make: (options) => new StropheReader(options) };

type Connection = InstanceType<typeof Strophe.Connection>;

Strophe.setLogLevel(Strophe.LogLevel.FATAL);

const ENDED: readonly number[] = [Strophe.Status.DISCONNECTED, Strophe.Status.AUTHFAIL, Strophe.Status.CONNFAIL];

class StropheReader implements Reader {
  readonly #of: ReaderOptions;
  #connection: Connection | null = null;
  #isStopped = false;
  #endedBy: EndedBy = "network";
  isOnline = false;

  constructor(options: ReaderOptions) {
    this.#of = options;
  }

  async start(): Promise<void> {
    void this.#live();
    while (!this.isOnline) await pause(20);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    // A socket that is not open yet cannot be closed by it without an error that nobody can catch.
    if (this.isOnline) this.#connection?.disconnect("done");
    await pause(50);
  }

  async #live(): Promise<void> {
    for (; !this.#isStopped; await pause(100 + 300 * Math.random())) {
      await this.#connect();
      this.isOnline = false;
    }
  }

  /** One stream, from its beginning to its end. */
  async #connect(): Promise<void> {
    const { socketUrl, domain, user, password } = this.#of;
    const connection = new Strophe.Connection(socketUrl, { mechanisms: [Strophe.SASLPlain] });
    this.#connection = connection;
    connection.rawInput = (frame: string) => {
      if (frame.includes("<stream:error")) this.#endedBy = "server";
    };
    await new Promise<void>((over) => {
      connection.connect(`${user}@${domain}/rig`, password, (status: number) => {
        if (status === Strophe.Status.CONNECTED) void this.#join(connection).catch(() => connection.disconnect("again"));
        if (ENDED.includes(status)) over();
      });
    });
    connection.reset();
  }

  async #join(connection: Connection): Promise<void> {
    const { diary, domain, nodes, automatic } = this.#of;
    diary.note({ is: "bound", endedBy: this.#endedBy });
    this.#endedBy = "network";
    connection.addHandler((message: Element) => this.#message(message), "", "message", null);
    const present = new Promise<void>((done) => {
      connection.addHandler(() => void done() === undefined, "", "presence", null);
    });
    connection.send($pres());
    await present;
    for (const node of automatic) diary.note({ is: "subscribed", node });
    for (const node of nodes) {
      const iq = $iq({ to: `pubsub.${domain}`, type: "set" })
        .c("pubsub", { xmlns: PUBSUB_NS })
        .c("subscribe", { node, jid: connection.jid });
      await new Promise<Element>((done, failed) => connection.sendIQ(iq, done, (error: unknown) => failed(new Error(String(error))), 10_000));
      diary.note({ is: "subscribed", node });
    }
    this.isOnline = true;
  }

  /** Stays, as strophe wants it told. */
  #message(message: Element): true {
    const node = message.getElementsByTagName("items")[0]?.getAttribute("node");
    const position = positionOf(message.getAttribute("id") ?? "");
    if (node && position) this.#of.diary.note({ is: "received", node, position, n: numberIn(message.textContent ?? "") });
    return true;
  }
}
