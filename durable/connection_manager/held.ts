/**
 * What a client has not acknowledged, as an attachment holds it: items by node and sequence, texts as they are.
 *
 * It is written with every delivery, so it is kept in the form in which it is written, beside `Unacknowledged`.
 *
 * @module
 */

import { addressed } from "../../xmpp/mod.ts";
import type { NodeAddress } from "../contract.ts";
import type { Unacked } from "../protocol/unacknowledged.ts";

/**
 * As it stands in an attachment: numbers, then the texts; empty where it could not be told. The numbers: stanzas sent in
 * all, how many the client leaves out of its count, how many follow; then two for each: which of the stream's nodes, from 1
 * (0: the next text; the last: nothing), and the sequence. What stands behind those is of no meaning.
 */
export type Held = readonly [] | readonly [counts: Uint32Array, ...texts: string[]];

const HEAD = 3;
const WIDTH = 2;
/** Numbers for which there is room at least. */
const LEAST = HEAD + 32 * WIDTH;
const [TEXT, NOTHING] = [0, 0xffff_ffff] as const;

/** A node of the stream, by its place among them. */
export interface SlotOf {
  /** From 0; undefined: the stream does not listen to it. */
  index(address: NodeAddress): number | undefined;
  epoch(index: number): number;
}

export class HeldNumbers {
  /** As they are attached, with room behind them: to make an array for each delivery costs more than to write a longer one. */
  #numbers = new Uint32Array(LEAST);
  #end: number = HEAD;
  #texts: string[] = [];
  #textLength = 0;
  /** False: something of it cannot be said by numbers. */
  #isWhole = true;

  /** Something that is not to be sent again. */
  pushNothing(): void {
    this.#push(NOTHING, 0);
  }

  /** An item of the node at this place. */
  pushItem(index: number, seq: number): void {
    this.#push(index + 1, seq);
  }

  pushText(text: string): void {
    this.#push(TEXT, 0);
    this.#texts.push(text);
    this.#textLength += text.length;
  }

  #push(kind: number, seq: number): void {
    if (this.#end + WIDTH > this.#numbers.length) this.#resize(this.#numbers.length * 2);
    this.#numbers[this.#end] = kind;
    this.#numbers[this.#end + 1] = seq;
    this.#end += WIDTH;
  }

  #resize(length: number): void {
    const resized = new Uint32Array(length);
    resized.set(this.#numbers.subarray(0, this.#end));
    this.#numbers = resized;
  }

  /** So many of the oldest were acknowledged. */
  drop(count: number): void {
    const end = HEAD + count * WIDTH;
    for (let at: number = HEAD; at < end; at += WIDTH) {
      if (this.#numbers[at] === TEXT) this.#textLength -= (this.#texts.shift() ?? "").length;
    }
    this.#numbers.copyWithin(HEAD, end, this.#end);
    this.#end -= end - HEAD;
    if (this.#numbers.length > 4 * Math.max(this.#end, LEAST)) this.#resize(2 * Math.max(this.#end, LEAST));
  }

  /** Writes all anew: the stream's nodes have changed their places, or entries their kind. */
  rebuild(entries: readonly Unacked[], slots: SlotOf): void {
    this.#end = HEAD;
    this.#texts = [];
    this.#textLength = 0;
    this.#isWhole = true;
    for (const entry of entries) {
      if (entry.kind === "text") this.pushText(entry.text);
      else if (entry.kind === "item") this.#rebuildItem(entry, slots);
      else this.pushNothing();
    }
  }

  /** Of a node that it listens to no more there is nothing to be sent again; an item of an earlier epoch is kept as text. */
  #rebuildItem({ address, position, item, to }: Extract<Unacked, { kind: "item" }>, slots: SlotOf): void {
    const index = slots.index(address);
    if (index === undefined) this.pushNothing();
    else if (slots.epoch(index) === position.epoch) this.pushItem(index, position.seq);
    else if (item) this.pushText(addressed(item, to));
    else this.#isWhole = false;
  }

  /** Empty where it does not fit into so many bytes, or does not tell all. */
  write({ sent, lag }: { readonly sent: number; readonly lag: number }, room: number): Held {
    // Two bytes a character, if one of them is beyond Latin-1.
    const left = room - this.#textLength * 2;
    if (!this.#isWhole || this.#end * 4 > left) return [];
    if (this.#numbers.byteLength > left) this.#resize(this.#end);
    this.#numbers[0] = sent;
    this.#numbers[1] = lag;
    this.#numbers[2] = (this.#end - HEAD) / WIDTH;
    return [this.#numbers, ...this.#texts];
  }
}

/** A node of the stream as an attachment tells of it. */
export interface Place {
  readonly address: NodeAddress;
  readonly epoch: number;
  /** Address that its events go to. */
  readonly to: string;
}

/** Reads it back; the items themselves are their hosts' to know. `places`: the stream's nodes, in the order of their numbers. */
export function readHeld([counts = new Uint32Array(), ...texts]: Held, places: readonly (Place | false | undefined)[]): Unacked[] {
  const entries: Unacked[] = [];
  let text = 0;
  const end = HEAD + (counts[2] ?? 0) * WIDTH;
  for (let at = HEAD; at < end; at += WIDTH) {
    const kind = counts[at] as number;
    const place = kind === NOTHING ? undefined : places[kind - 1];
    if (kind === TEXT) entries.push({ kind: "text", text: texts[text++] ?? "" });
    else if (!place) entries.push({ kind: "blank" });
    else entries.push({ kind: "item", address: place.address, position: { epoch: place.epoch, seq: counts[at + 1] as number }, to: place.to });
  }
  return entries;
}
