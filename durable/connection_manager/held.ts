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
 * all, then two for each: which of the stream's nodes, from 1 (0: the next text; the last: nothing), and the sequence.
 */
export type Held = readonly [] | readonly [counts: Uint32Array, ...texts: string[]];

const WIDTH = 2;
const [TEXT, NOTHING] = [0, 0xffff_ffff] as const;

/** A node of the stream, by its place among them. */
export interface SlotOf {
  /** From 0; undefined: the stream does not listen to it. */
  index(address: NodeAddress): number | undefined;
  epoch(index: number): number;
}

export class HeldNumbers {
  #numbers = new Uint32Array(64);
  #length = 0;
  #texts: string[] = [];
  #textLength = 0;
  /** False: something of it cannot be said by numbers. */
  #isWhole = true;

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
    if (this.#length + WIDTH > this.#numbers.length) {
      const grown = new Uint32Array(this.#numbers.length * 2);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    this.#numbers[this.#length] = kind;
    this.#numbers[this.#length + 1] = seq;
    this.#length += WIDTH;
  }

  /** So many of the oldest were acknowledged. */
  drop(count: number): void {
    const end = count * WIDTH;
    for (let at = 0; at < end; at += WIDTH) {
      if (this.#numbers[at] === TEXT) this.#textLength -= (this.#texts.shift() ?? "").length;
    }
    this.#numbers.copyWithin(0, end, this.#length);
    this.#length -= end;
  }

  /** Writes all anew: the stream's nodes have changed their places, or entries their kind. */
  rebuild(entries: readonly Unacked[], slots: SlotOf): void {
    this.#length = 0;
    this.#texts = [];
    this.#textLength = 0;
    this.#isWhole = true;
    for (const entry of entries) {
      if (entry.kind === "text") this.pushText(entry.text);
      else if (entry.kind === "blank") this.#push(NOTHING, 0);
      else this.#rebuildItem(entry, slots);
    }
  }

  /** Of a node that it listens to no more there is nothing to be sent again; an item of an earlier epoch is kept as text. */
  #rebuildItem({ address, position, item, to }: Extract<Unacked, { kind: "item" }>, slots: SlotOf): void {
    const index = slots.index(address);
    if (index === undefined) this.#push(NOTHING, 0);
    else if (slots.epoch(index) === position.epoch) this.pushItem(index, position.seq);
    else if (item) this.pushText(addressed(item, to));
    else this.#isWhole = false;
  }

  /** Empty where it does not fit into so many bytes, or does not tell all. */
  write(sent: number, room: number): Held {
    // Two bytes a character, if one of them is beyond Latin-1.
    if (!this.#isWhole || this.#length * 4 + this.#textLength * 2 > room) return [];
    const counts = new Uint32Array(this.#length + 1);
    counts[0] = sent;
    counts.set(this.#numbers.subarray(0, this.#length), 1);
    return [counts, ...this.#texts];
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
export function readHeld([counts = new Uint32Array(), ...texts]: Held, places: readonly (Place | undefined)[]): Unacked[] {
  const entries: Unacked[] = [];
  let text = 0;
  for (let at = 1; at + WIDTH <= counts.length; at += WIDTH) {
    const kind = counts[at] as number;
    const place = kind === NOTHING ? undefined : places[kind - 1];
    if (kind === TEXT) entries.push({ kind: "text", text: texts[text++] ?? "" });
    else if (!place) entries.push({ kind: "blank" });
    else entries.push({ kind: "item", address: place.address, position: { epoch: place.epoch, seq: counts[at + 1] as number }, to: place.to });
  }
  return entries;
}
