/**
 * What a client has not acknowledged, as an attachment holds it: items by their positions, texts as they are.
 *
 * @module
 */

import type { NodeAddress } from "../contract.ts";
import type { Unacked, Unacknowledged } from "../protocol/unacknowledged.ts";

export interface Held {
  /** Stanzas sent in all, then four numbers each: the node's number (0: the next text; NaN: nothing), epoch, sequence, whether it went to the full jid. */
  readonly counts: Float64Array;
  readonly texts: readonly string[];
}

const WIDTH = 4;

/**
 * Writes it down.
 *
 * @param room bytes there are for it
 * @returns null where it does not fit
 */
export function writeHeld(unacked: Unacknowledged, numberOf: (address: NodeAddress) => number | undefined, full: string, room: number): Held | null {
  const { entries } = unacked;
  const counts = new Float64Array(1 + entries.length * WIDTH);
  const texts: string[] = [];
  counts[0] = unacked.sent;
  let left = room - counts.byteLength;
  for (let index = 0, at = 1; index < entries.length; index++, at += WIDTH) {
    const entry = entries[index] as Unacked;
    if (entry.kind === "item") {
      // Of a node that it listens to no more there is nothing to be sent again.
      counts[at] = numberOf(entry.address) ?? Number.NaN;
      counts[at + 1] = entry.position.epoch;
      counts[at + 2] = entry.position.seq;
      counts[at + 3] = entry.to === full ? 1 : 0;
    } else if (entry.kind === "text") {
      texts.push(entry.text);
      // Two bytes a character, if one of them is beyond Latin-1.
      left -= 2 * entry.text.length;
    } else counts[at] = Number.NaN;
  }
  return left < 0 ? null : { counts, texts };
}

/** What an attachment's numbers stand for. */
export interface Names {
  readonly nodes: ReadonlyMap<number, NodeAddress>;
  readonly domain: string;
  readonly automatic: readonly string[];
  readonly full: string;
  readonly bare: string;
}

/** Reads it back; the items themselves are their hosts' to know. */
export function readHeld({ counts, texts }: Held, { nodes, domain, automatic, full, bare }: Names): Unacked[] {
  const entries: Unacked[] = [];
  let text = 0;
  for (let at = 1; at + WIDTH <= counts.length; at += WIDTH) {
    const [no, epoch, seq, toFull] = counts.subarray(at, at + WIDTH) as unknown as [number, number, number, number];
    if (no === 0) {
      entries.push({ kind: "text", text: texts[text++] ?? "" });
      continue;
    }
    const own = no < 0 ? automatic[-no - 1] : undefined;
    const address = own === undefined ? nodes.get(no) : `${domain}/${own}`;
    entries.push(address === undefined ? { kind: "blank" } : { kind: "item", address, position: { epoch, seq }, to: toFull === 1 ? full : bare });
  }
  return entries;
}
