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
  /** Where the server is; this machine's loopback unless said otherwise. */
  readonly host?: string;
  /** Only a page may use it. */
  readonly page?: Page;
}

/** The one page whose requests are let through, and what is done for it: none of that is counted. */
export interface Page {
  /** Its origin; requests from elsewhere, or from no page at all, are refused. */
  readonly origin: string;
  /** Given to the server for it, so that it need not know it. */
  readonly token: string;
  /** Whether a request line is among those that the page needs. */
  mayAsk(line: string): boolean;
}

/** Bodies that say nothing, though they have bytes: a poll without items, a body of BOSH without stanzas. */
const SAYS_NOTHING = /"items":\[\]|^<body\b[^>]*\/>$/;
/** Bodies longer than this say something. */
const LOOKED_AT = 600;

const HOST = "127.0.0.1";
const CLOSE = Buffer.from("Connection: close\r\n", "latin1");
const HEAD_END = Buffer.from("\r\n", "latin1");
const REFUSED = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/** A way that is open, with its port and what was counted on it. */
export class CountedWay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #way: Way;
  readonly #target: number;
  #counts = NOTHING;

  private constructor(target: number, way: Way) {
    this.#target = target;
    this.#way = way;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** `target`: the server's port. */
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

  /** Cuts all connections and begins to count anew. */
  reset(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#counts = NOTHING;
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
    const server = connect({ port: this.#target, host: this.#way.host ?? HOST, noDelay: true, allowHalfOpen: true });
    const [requests, responses] = [new Messages(), new Messages()];
    const answer = new Answer();
    client.on("data", (bytes) => {
      const parts = requests.push(bytes);
      this.#add({ bytesUp: bytes.length, requests: parts.filter(({ part }) => part === "head").length });
      for (const part of parts) if (!this.#passUp(server, part)) return this.#refuse(client, server);
    });
    server.on("data", (bytes) => {
      for (const part of responses.push(bytes)) {
        if (part.part === "head" && part.head.first.includes(" 101 ")) requests.becomeRaw();
        this.#passDown(client, part);
        if (!answer.isOver(part)) continue;
        this.#add({ emptyAnswers: answer.saysNothing ? 1 : 0 });
        if (this.#way.closes) client.end();
      }
    });
    this.#join(client, server);
  }

  /** False: the page may not ask this, or it is not the page that asks. */
  #passUp(server: Socket, part: Part): boolean {
    if (part.part === "end" || server.destroyed) return true;
    const { page } = this.#way;
    if (part.part !== "head" || !page) {
      server.write(part.bytes);
      return true;
    }
    if (part.head.headers.get("origin") !== page.origin || !page.mayAsk(part.head.first)) return false;
    server.write(withLines(part.bytes, Buffer.from(`Authorization: Bearer ${page.token}\r\n`, "latin1")));
    return true;
  }

  #refuse(client: Socket, server: Socket): void {
    server.destroy();
    client.end(REFUSED);
  }

  #passDown(client: Socket, part: Part): void {
    if (part.part === "end" || client.writableEnded) return;
    const bytes = part.part === "head" && this.#way.closes ? withLines(part.bytes, CLOSE) : part.bytes;
    this.#add({ bytesDown: bytes.length });
    const { page } = this.#way;
    const isTold = part.part === "head" && page && !part.head.headers.has("access-control-allow-origin");
    client.write(isTold ? withLines(bytes, Buffer.from(`Access-Control-Allow-Origin: ${page.origin}\r\n`, "latin1")) : bytes);
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

/** A head with more lines at its end. */
function withLines(head: Buffer, lines: Buffer): Buffer {
  return Buffer.concat([head.subarray(0, -HEAD_END.length), lines, HEAD_END]);
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
