/**
 * Cuts the bytes of one direction of an HTTP/1.1 connection into messages (RFC 9112 §6), changing none of them.
 *
 * Answers to HEAD are not for it: they have no body, and nothing in them says so.
 *
 * @module
 */

export interface Head {
  /** Request line or status line. */
  readonly first: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

export type Part =
  /** With the empty line that ends it. */
  | { readonly part: "head"; readonly bytes: Buffer; readonly head: Head }
  /** As on the wire: chunks with their sizes. `content` is what they hold. */
  | { readonly part: "body"; readonly bytes: Buffer; readonly content: Buffer }
  | { readonly part: "end" }
  /** No HTTP any more: the frames of a WebSocket. */
  | { readonly part: "raw"; readonly bytes: Buffer };

type State = "head" | "length" | "chunk-size" | "chunk" | "chunk-end" | "trailer" | "until-close" | "raw";

const LINE_END = "\r\n";

export class Messages {
  #state: State = "head";
  #rest: Buffer = Buffer.alloc(0);
  #left = 0;

  /** Takes what came; answers the parts that are whole. */
  push(bytes: Buffer): Part[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const parts: Part[] = [];
    while (this.#rest.length > 0 && this.#step(parts));
    return parts;
  }

  /** From here on nothing is HTTP. */
  becomeRaw(): void {
    this.#state = "raw";
  }

  /** False: more bytes are needed. */
  #step(parts: Part[]): boolean {
    switch (this.#state) {
      case "raw":
        parts.push({ part: "raw", bytes: this.#take(this.#rest.length) });
        return true;
      case "head":
        return this.#head(parts);
      case "length":
      case "chunk":
        return this.#content(parts);
      case "until-close": {
        const bytes = this.#take(this.#rest.length);
        parts.push({ part: "body", bytes, content: bytes });
        return true;
      }
      default:
        return this.#line(parts);
    }
  }

  #head(parts: Part[]): boolean {
    const end = this.#rest.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const bytes = this.#take(end + 4);
    const head = headOf(bytes.subarray(0, end).toString("latin1"));
    parts.push({ part: "head", bytes, head });
    this.#begin(head, parts);
    return true;
  }

  /** §6.3: how long the body is. */
  #begin(head: Head, parts: Part[]): void {
    const status = /^HTTP\/1\.\d (\d{3})/.exec(head.first)?.[1];
    if (status === "101") return this.becomeRaw();
    const isBodiless = status !== undefined && /^(1\d\d|204|304)$/.test(status);
    this.#left = Number(head.headers.get("content-length") ?? 0);
    if (!isBodiless && /\bchunked$/i.test(head.headers.get("transfer-encoding") ?? "")) this.#state = "chunk-size";
    else if (!isBodiless && this.#left > 0) this.#state = "length";
    else if (!isBodiless && status !== undefined && !head.headers.has("content-length")) this.#state = "until-close";
    else if (!status?.startsWith("1")) this.#end(parts);
  }

  #content(parts: Part[]): boolean {
    const bytes = this.#take(Math.min(this.#left, this.#rest.length));
    this.#left -= bytes.length;
    parts.push({ part: "body", bytes, content: bytes });
    if (this.#left > 0) return true;
    if (this.#state === "chunk") this.#state = "chunk-end";
    else this.#end(parts);
    return true;
  }

  /** Lines between chunks, and behind the last one (§7.1). */
  #line(parts: Part[]): boolean {
    const end = this.#rest.indexOf(LINE_END);
    if (end < 0) return false;
    const bytes = this.#take(end + LINE_END.length);
    parts.push({ part: "body", bytes, content: Buffer.alloc(0) });
    if (this.#state === "chunk-end") this.#state = "chunk-size";
    else if (this.#state === "trailer") end === 0 && this.#end(parts);
    else {
      this.#left = Number.parseInt(bytes.toString("latin1"), 16);
      this.#state = this.#left === 0 ? "trailer" : "chunk";
    }
    return true;
  }

  #end(parts: Part[]): void {
    this.#state = "head";
    parts.push({ part: "end" });
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}

function headOf(text: string): Head {
  const [first = "", ...lines] = text.split(LINE_END);
  const headers = new Map(lines.map((line): [string, string] => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  return { first, headers };
}
