/**
 * What a stream was sent and has not acknowledged, in order (XEP-0198 §4, §5; docs/protocol.md: Resume).
 *
 * An item is kept as a reference to the one that all its listeners share, with the address it went to; only what was
 * written for this stream alone is kept as text. Counts run modulo 2³², as those of the wire.
 *
 * @module
 */

import type { Item, NodeAddress, Position } from "../contract.ts";

const COUNTS = 2 ** 32;

/** One stanza that may have to be sent again. */
export type Unacked =
  /** An item of a node. `item` is absent after a sleep: the host has to be asked for it. */
  | { readonly kind: "item"; readonly address: NodeAddress; readonly position: Position; readonly to: string; readonly item?: Item | undefined }
  | { readonly kind: "text"; readonly text: string }
  /** A ping of ours that shows what is counted (`CountProof`); on another socket it is a blank. */
  | { readonly kind: "ping"; readonly no: number }
  /** Not to be sent any more, its right was revoked; but it counts. */
  | { readonly kind: "blank" };

/** Length of an item or text, in characters: near enough to bytes to bound memory by. */
function lengthOf(entry: Unacked): number {
  if (entry.kind === "text") return entry.text.length;
  return entry.kind === "item" && entry.item ? entry.item.head.length + entry.item.tail.length + entry.to.length : 0;
}

export class Unacknowledged {
  #entries: Unacked[] = [];
  /** Where the first entry that is still owed stands; what is before it is dropped now and then. */
  #first = 0;
  #sent: number;
  #lag: number;
  #pings = 0;
  #length = 0;
  #unaskedLength = 0;
  /** Count at which an acknowledgement was last asked for. */
  #askedAt: number;
  /** Entries, and characters of them, that were sent since the stream was last resumed. */
  #fresh = Number.POSITIVE_INFINITY;
  #freshLength = Number.POSITIVE_INFINITY;

  /** `sent`: all that were sent, `entries`: those of them that are not acknowledged; `lag`: what the client's count leaves out. */
  constructor(sent = 0, entries: readonly Unacked[] = [], lag = 0) {
    this.#sent = sent;
    this.#lag = lag;
    this.#askedAt = sent;
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#length += lengthOf(entry);
    }
  }

  /** Stanzas sent in all. */
  get sent(): number {
    return this.#sent;
  }

  /** Stanzas that the client has handled and leaves out of its count, as was proved. */
  get lag(): number {
    return this.#lag;
  }

  /** Stanzas that are acknowledged. */
  get covered(): number {
    return (this.#sent - this.count + COUNTS) % COUNTS;
  }

  /** How many are not acknowledged. */
  get count(): number {
    return this.#entries.length - this.#first;
  }

  /** Characters that are not acknowledged. */
  get length(): number {
    return this.#length;
  }

  /** Characters sent since an acknowledgement was last asked for. */
  get unaskedLength(): number {
    return this.#unaskedLength;
  }

  /** The stream was resumed, and all of these are sent at once: that is no slowness of the client's. */
  sentAgain(): void {
    [this.#fresh, this.#freshLength] = [0, 0];
  }

  /** What tells of a slow client: all that is not acknowledged, save what it was sent at its return. */
  get owed(): { readonly count: number; readonly length: number } {
    const isBack = this.count <= this.#fresh;
    const { count, length } = isBack ? { count: this.count, length: this.#length } : { count: this.#fresh, length: this.#freshLength };
    return { count: count - this.#pings, length };
  }

  /** How many were sent since an acknowledgement was last asked for. */
  get unasked(): number {
    return (this.#sent - this.#askedAt + COUNTS) % COUNTS;
  }

  /** An acknowledgement is being asked for. */
  asked(): void {
    this.#unaskedLength = 0;
    this.#askedAt = this.#sent;
  }

  get entries(): readonly Unacked[] {
    return this.#first === 0 ? this.#entries : this.#entries.slice(this.#first);
  }

  push(entry: Unacked): void {
    const length = lengthOf(entry);
    this.#entries.push(entry);
    if (entry.kind === "ping") this.#pings++;
    this.#length += length;
    this.#unaskedLength += length;
    this.#fresh++;
    this.#freshLength += length;
    this.#sent = (this.#sent + 1) % COUNTS;
  }

  /** May the client have handled so many? */
  admits(handled: number): boolean {
    return (this.#sent - handled + COUNTS) % COUNTS <= COUNTS / 2;
  }

  /**
   * The client has handled so many in all. Less than it said before changes nothing: some clients begin to count anew.
   *
   * @param isShown whether the client has shown that it handled a ping: if its count covers all that was before it, the count
   *   leaves something out
   * @returns false if that is more than it was sent
   */
  acknowledge(handled: number, isShown: (ping: number) => boolean = () => false): boolean {
    if (!this.admits(handled)) return false;
    const open = (this.#sent - handled + COUNTS) % COUNTS;
    // It counts more than it was proved to: from here on it is taken at its word.
    if (open < this.#lag) this.#lag = 0;
    const left = this.count - (open - this.#lag);
    for (let dropped = 0; dropped < left; dropped++) this.#dropFirst();
    if (left >= 0) this.#dropShown(isShown);
    if (this.#first === this.#entries.length || this.#first > 64) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return true;
  }

  #dropFirst(): void {
    const entry = this.#entries[this.#first++] as Unacked;
    this.#length -= lengthOf(entry);
    if (entry.kind === "ping") this.#pings--;
  }

  #dropShown(isShown: (ping: number) => boolean): void {
    for (let entry = this.#entries[this.#first]; entry?.kind === "ping" && isShown(entry.no); entry = this.#entries[this.#first]) {
      this.#dropFirst();
      this.#lag++;
    }
  }

  /** On another socket a ping proves nothing. */
  blankPings(): void {
    if (this.#pings > 0) this.#replace((entry) => (entry.kind === "ping" ? { kind: "blank" } : entry));
  }

  /** Blanks what is still owed of a node: the right to it is gone. */
  revoke(address: NodeAddress): void {
    this.#replace((entry) => (entry.kind === "item" && entry.address === address ? { kind: "blank" } : entry));
  }

  /** Nodes of which something is still owed. */
  get addresses(): ReadonlySet<NodeAddress> {
    return new Set(this.entries.flatMap((entry) => (entry.kind === "item" ? entry.address : [])));
  }

  /** Puts items in the places of those that a sleep has forgotten. */
  restore(find: (address: NodeAddress, position: Position) => Item | undefined): void {
    this.#replace((entry) => (entry.kind === "item" && !entry.item ? { ...entry, item: find(entry.address, entry.position) } : entry));
  }

  #replace(by: (entry: Unacked) => Unacked): void {
    this.#entries = this.entries.map(by);
    this.#first = 0;
    this.#pings = this.#entries.filter(({ kind }) => kind === "ping").length;
    this.#length = this.#entries.reduce((sum, entry) => sum + lengthOf(entry), 0);
  }

  /** Nodes of which items are missing here, with the position before the first. */
  get missing(): ReadonlyMap<NodeAddress, Position> {
    const found = new Map<NodeAddress, Position>();
    for (const entry of this.entries) {
      if (entry.kind !== "item" || entry.item || found.has(entry.address)) continue;
      found.set(entry.address, { epoch: entry.position.epoch, seq: entry.position.seq - 1 });
    }
    return found;
  }
}
