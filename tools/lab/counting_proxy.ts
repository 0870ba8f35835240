/**
 * A proxy that counts: bytes up and down as they are on the wire, headers included, TCP connections, requests and answers
 * that say nothing.
 *
 * It passes bytes on as they come, so that what is counted is what client and server really say to one another. Each way
 * has a port of its own: by it the proxy knows what it counts, and a browser, which opens six connections to an address
 * and no more, gives each way its own six. On loopback only.
 *
 * @module
 */

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

import { Messages, type Part } from "./http_messages.ts";

export interface Counts {
  readonly connections: number;
  readonly requests: number;
  readonly emptyAnswers: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

const NOTHING: Counts = { connections: 0, requests: 0, emptyAnswers: 0, bytesUp: 0, bytesDown: 0 };

/** One way through the proxy. */
export interface Way {
  /** Closes the connection behind each answer, as HTTP/1.0 does. */
  readonly closes?: boolean;
}

/** Bodies that say nothing, though they have bytes: a poll without items, a body of BOSH without stanzas. */
const SAYS_NOTHING = /"items":\[\]|^<body\b[^>]*\/>$/;
/** Bodies longer than this say something. */
const LOOKED_AT = 600;

const HOST = "127.0.0.1";
const CLOSE = Buffer.from("Connection: close\r\n\r\n", "latin1");

/** A way that is open, with its port and what was counted on it. */
export class CountedWay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #closes: boolean;
  readonly #target: number;
  #counts = NOTHING;

  private constructor(target: number, { closes = false }: Way) {
    this.#target = target;
    this.#closes = closes;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** `target`: the server's port on loopback. */
  static async open(target: number, way: Way = {}): Promise<CountedWay> {
    const opened = new CountedWay(target, way);
    await new Promise<void>((listening, failed) => {
      opened.#server.once("error", failed);
      opened.#server.listen(0, HOST, listening);
    });
    return opened;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What was counted so far. */
  get counts(): Counts {
    return this.#counts;
  }

  async close(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #add(more: Partial<Counts>): void {
    const sums = Object.entries(more).map(([name, value]) => [name, this.#counts[name as keyof Counts] + value]);
    this.#counts = { ...this.#counts, ...Object.fromEntries(sums) };
  }

  #accept(client: Socket): void {
    this.#add({ connections: 1 });
    const server = connect({ port: this.#target, host: HOST, noDelay: true, allowHalfOpen: true });
    const [requests, responses] = [new Messages(), new Messages()];
    const answer = new Answer();
    client.on("data", (bytes) => {
      this.#add({ bytesUp: bytes.length, requests: requests.push(bytes).filter(({ part }) => part === "head").length });
      server.write(bytes);
    });
    server.on("data", (bytes) => {
      for (const part of responses.push(bytes)) {
        if (part.part === "head" && part.head.first.includes(" 101 ")) requests.becomeRaw();
        this.#passDown(client, part);
        if (!answer.isOver(part)) continue;
        this.#add({ emptyAnswers: answer.saysNothing ? 1 : 0 });
        if (this.#closes) client.end();
      }
    });
    this.#join(client, server);
  }

  #passDown(client: Socket, part: Part): void {
    if (part.part === "end" || client.writableEnded) return;
    const isHead = part.part === "head" && this.#closes;
    const bytes = isHead ? Buffer.concat([part.bytes.subarray(0, -2), CLOSE]) : part.bytes;
    this.#add({ bytesDown: bytes.length });
    client.write(bytes);
  }

  /** What ends on one side ends on the other; what is on its way to the client still gets there. */
  #join(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#sockets.delete(socket));
    }
    client.on("end", () => server.end());
    client.on("close", () => server.destroy());
    server.on("end", () => client.end());
    server.on("close", () => client.end());
  }
}

/** Follows one answer after the other, to know which of them say nothing. */
class Answer {
  #status = "";
  #text = "";
  saysNothing = false;

  /** True for the end of an answer that was not a mere announcement (1xx). */
  isOver(part: Part): boolean {
    if (part.part === "head") {
      this.#status = part.head.first.split(" ")[1] ?? "";
      this.#text = "";
    }
    if (part.part === "body" && this.#text.length <= LOOKED_AT) this.#text += part.content.toString("latin1");
    if (part.part !== "end") return false;
    this.saysNothing =
      this.#status === "204" || this.#status === "304" || this.#text === "" || (this.#text.length <= LOOKED_AT && SAYS_NOTHING.test(this.#text));
    return true;
  }
}
