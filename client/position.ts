/**
 * Where an item stands in its node's log: `epoch:sequence`, the server's one cursor (docs/client.md).
 *
 * @module
 */

export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

const TEXT = /^(\d{1,15}):(\d{1,15})$/;
const MESSAGE_ID = /\.(\d{1,15}:\d{1,15})$/;

/** Reads a position as it is told; undefined: it is none. */
export function readPosition(text: string): Position | undefined {
  const found = TEXT.exec(text);
  return found ? { epoch: Number(found[1]), seq: Number(found[2]) } : undefined;
}

export function renderPosition({ epoch, seq }: Position): string {
  return `${epoch}:${seq}`;
}

/** The position that the id of a notification ends with; undefined: it has none. */
export function positionOfMessage(id: string): Position | undefined {
  return readPosition(MESSAGE_ID.exec(id)?.[1] ?? "");
}

/** Epochs rise, so they order before sequences do. */
export function isAfter(one: Position, other: Position): boolean {
  return one.epoch > other.epoch || (one.epoch === other.epoch && one.seq > other.seq);
}
