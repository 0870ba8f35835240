/**
 * Splitting a stream of bytes into lines, without ever holding more than one of them.
 *
 * @module
 */

/** One line that is not blank; `number` counts all lines from 1. */
export type Line =
  | { readonly number: number; readonly text: string; readonly wrong?: never }
  | { readonly number: number; readonly wrong: "line-too-long" | "invalid-encoding"; readonly text?: never };

const NEWLINE = 0x0a;

/** Yields the lines of a body in order. A line that is too long or not UTF-8 spoils only itself. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  const line = new OpenLine(maxBytes);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      line.append(chunk.subarray(start, end));
      const closed = line.close();
      if (closed) yield closed;
      start = end + 1;
    }
    line.append(chunk.subarray(start));
  }
  const last = line.close();
  if (last) yield last;
}

/** The line that is being read. */
class OpenLine {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #size = 0;
  #number = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  append(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size > this.#maxBytes) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  /** Ends the line; undefined if it is blank. */
  close(): Line | undefined {
    const number = ++this.#number;
    const parts = this.#parts;
    const size = this.#size;
    this.#parts = [];
    this.#size = 0;
    if (size > this.#maxBytes) return { number, wrong: "line-too-long" };
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
    try {
      const text = parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
      return text.trim() === "" ? undefined : { number, text };
    } catch {
      return { number, wrong: "invalid-encoding" };
    }
  }
}
