/**
 * JSON whose values know the line they stand on (RFC 8259), so that what is wrong with a setting can be shown.
 *
 * `JSON.parse` tells neither the line of a value nor of a key that stands twice.
 *
 * @module
 */

/** A value and the line it begins on, counted from 1. */
export type Located = { readonly line: number } & (
  | { readonly kind: "object"; readonly members: readonly Member[] }
  | { readonly kind: "array"; readonly items: readonly Located[] }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
);

export interface Member {
  readonly key: string;
  /** Of the key. */
  readonly line: number;
  readonly value: Located;
}

/** What is wrong, and where. */
export interface Mistake {
  readonly line: number;
  readonly what: string;
}

/** Deeper than any setting is. */
const MAX_DEPTH = 16;

class NotJson extends Error {
  readonly at: number;

  constructor(at: number, what: string) {
    super(what);
    this.at = at;
  }
}

/** Reads a JSON text; of one that is none, the first thing that is wrong. */
export function parseLocated(text: string): { readonly root: Located } | { readonly mistake: Mistake } {
  const reader = new Reader(text);
  try {
    return { root: reader.document() };
  } catch (wrong) {
    if (!(wrong instanceof NotJson)) throw wrong;
    return { mistake: { line: reader.lineAt(wrong.at), what: wrong.message } };
  }
}

const SPACE = /[ \t\n\r]*/y;
// Deviates: RFC 8259 §7 lets U+007F to U+009F stand as they are; here they are to be escaped like other controls.
const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

class Reader {
  readonly #text: string;
  #at = 0;
  /** Where the line begins that was counted last, and its number. */
  #counted = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Located {
    const root = this.#value(0);
    this.#take(SPACE);
    if (this.#at < this.#text.length) throw new NotJson(this.#at, `nothing may follow: ${this.#next()}`);
    return root;
  }

  /** Places are asked for in rising order, save that of a mistake, which is the last. */
  lineAt(at: number): number {
    if (at < this.#counted) [this.#counted, this.#line] = [0, 1];
    for (let next = this.#text.indexOf("\n", this.#counted); next !== -1 && next < at; next = this.#text.indexOf("\n", next + 1)) {
      this.#counted = next + 1;
      this.#line++;
    }
    return this.#line;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** What stands here, for a person to find it by. */
  #next(): string {
    const rest = this.#text.slice(this.#at, this.#at + 20).split(/\s/, 1)[0] ?? "";
    return this.#at >= this.#text.length ? "the end of the text" : JSON.stringify(rest);
  }

  #isPast(sign: string): boolean {
    this.#take(SPACE);
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #value(depth: number): Located {
    this.#take(SPACE);
    if (depth > MAX_DEPTH) throw new NotJson(this.#at, `at most ${MAX_DEPTH} levels`);
    const line = this.lineAt(this.#at);
    if (this.#isPast("{")) return { kind: "object", line, members: this.#list("}", () => this.#member(depth)) };
    if (this.#isPast("[")) return { kind: "array", line, items: this.#list("]", () => this.#value(depth + 1)) };
    const string = this.#take(STRING);
    if (string !== undefined) return { kind: "string", line, value: JSON.parse(string) as string };
    const number = this.#take(NUMBER);
    if (number !== undefined) return { kind: "number", line, value: Number(number) };
    const word = this.#take(WORD);
    if (word === undefined) throw new NotJson(this.#at, `a JSON value must stand here, not ${this.#next()}`);
    return word === "null" ? { kind: "null", line } : { kind: "boolean", line, value: word === "true" };
  }

  #list<T>(end: string, read: () => T): T[] {
    const found: T[] = [];
    if (this.#isPast(end)) return found;
    do found.push(read());
    while (this.#isPast(","));
    if (!this.#isPast(end)) throw new NotJson(this.#at, `"," or "${end}" must stand here, not ${this.#next()}`);
    return found;
  }

  #member(depth: number): Member {
    this.#take(SPACE);
    const line = this.lineAt(this.#at);
    const key = this.#take(STRING);
    if (key === undefined) throw new NotJson(this.#at, `a key in quotation marks must stand here, not ${this.#next()}`);
    if (!this.#isPast(":")) throw new NotJson(this.#at, `":" must stand here, not ${this.#next()}`);
    return { key: JSON.parse(key) as string, line, value: this.#value(depth + 1) };
  }
}
