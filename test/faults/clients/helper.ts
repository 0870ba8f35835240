/**
 * The project's own client (`client/`, docs/client.md) as an application in Node uses it: it resumes by itself, and when
 * its stream is gone it asks the logs for what it missed, and tells what they do not have any more.
 *
 * @module
 */

import { setTimeout as pause } from "node:timers/promises";

import { Client, type ClientEvents, type Item, type State } from "../../../client/mod.ts";
import type { EndedBy } from "../ledger.ts";
import { numberIn, type Reader, type ReaderKind, type ReaderOptions } from "./reader.ts";

export const HELPER: ReaderKind = { name: "client helper", resumes: true, catchesUp: true, make: (options) => new HelperReader(options) };

const LOOK_MS = 50;

class HelperReader implements Reader {
  readonly #of: ReaderOptions;
  readonly #client: Client;
  #endedBy: EndedBy = "network";
  #isResuming = false;
  /** Counts connections: what an earlier one awaits does not make it online. */
  #connections = 0;
  isOnline = false;

  constructor(options: ReaderOptions) {
    this.#of = options;
    const { socketUrl, domain, user, password, diary, nodes, automatic } = options;
    // Over WebSockets alone: an outage would send it to HTTP requests, and keep it there for minutes.
    this.#client = new Client({ url: socketUrl, jid: `${user}@${domain}/rig`, password, transport: "websocket" });
    this.#client.on("frame", (frame) => this.#frame(frame));
    this.#client.on("state", (state) => this.#state(state));
    this.#client.on("socket", (socket) => diary.note({ is: "said", text: `socket ${JSON.stringify(socket)}` }));
    this.#client.on("gap", (gap) => diary.note({ is: "gap", ...gap }));
    for (const node of [...automatic, ...nodes]) this.#follow(node);
  }

  async start(): Promise<void> {
    this.#client.connect();
    while (!this.isOnline) await pause(20);
  }

  /** As the desk page does. */
  networkIsBack(): void {
    if (this.#client.state.kind === "reconnecting") this.#client.connect();
  }

  async stop(): Promise<void> {
    this.#client.close();
    await pause(50);
  }

  #follow(node: string): void {
    const { diary } = this.#of;
    const received = ({ position, payload }: Item): void => diary.note({ is: "received", node, position, n: numberIn(payload) });
    void this.#client.subscribe(node, received).joined.then((isHeard) => isHeard && diary.note({ is: "subscribed", node }));
  }

  /** What its states do not tell: that a resume was tried in vain, and who ended a stream. */
  #frame({ direction, text }: ClientEvents["frame"]): void {
    const isOfStream = /^<(\/|stream:|\?xml|open|close|auth|response|challenge|success|failure|failed|resum|enable)/.test(text);
    if (isOfStream)
      this.#of.diary.note({ is: "said", text: `${direction} ${/^<(auth|response|challenge)/.test(text) ? text.split(" ", 1)[0] : text.slice(0, 200)}` });
    if (direction === "out") {
      if (text.startsWith("<resume ")) this.#isResuming = true;
      return;
    }
    if (text.startsWith("<stream:error")) this.#endedBy = "server";
    if (this.#isResuming && text.startsWith("<failed ")) this.#of.diary.note({ is: "resume-failed" });
    if (/^<(failed|resumed) /.test(text)) this.#isResuming = false;
  }

  #state(state: State): void {
    const { diary } = this.#of;
    const connection = ++this.#connections;
    this.isOnline = false;
    diary.note({ is: "said", text: `state ${JSON.stringify(state)}` });
    if (state.kind === "resumed") diary.note({ is: "resumed" });
    else if (state.kind === "online") diary.note({ is: "bound", endedBy: this.#endedBy });
    else return;
    this.#endedBy = "network";
    void this.#settled(connection);
  }

  /** Online once every node is: the state alone says that there is a stream. */
  async #settled(connection: number): Promise<void> {
    while (connection === this.#connections && !this.isOnline) {
      this.isOnline = this.#client.saved().nodes.every(({ settled }) => settled);
      await pause(LOOK_MS);
    }
  }
}
