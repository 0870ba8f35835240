/**
 * What a user's resources say of themselves, and who has been told (docs/protocol.md: Contacts). Pure.
 *
 * Only streams that somebody hears of stand here. Who went is owed to everybody who saw it, until each has answered.
 *
 * @module
 */

/** A resource that somebody was told of. */
export interface Shown {
  readonly resource: string;
  readonly available: boolean;
  /** All that its presence says, from its attributes on. */
  readonly tail: string;
  /** When it was sent, Unix milliseconds. */
  readonly at: number;
  /** Addresses that it has sent presence to by itself (RFC 6121 §4.6.3), bare or full. */
  readonly directed: readonly string[];
}

/** A resource that went, and who is still to be told. */
export interface Gone {
  readonly resource: string;
  readonly tail: string;
  readonly at: number;
  readonly to: readonly string[];
}

export interface PresenceRows {
  /** By stream. */
  readonly shown?: Readonly<Record<string, Shown>>;
  readonly gone?: readonly Gone[];
}

/** So many addresses of directed presence are remembered of a resource: beyond it the oldest is told that it is gone. */
const MOST_DIRECTED = 200;

export class PresenceBook {
  readonly #shown: Map<string, Shown>;
  #gone: readonly Gone[];

  constructor({ shown = {}, gone = [] }: PresenceRows) {
    this.#shown = new Map(Object.entries(shown));
    this.#gone = gone;
  }

  get rows(): PresenceRows {
    return { shown: Object.fromEntries(this.#shown), gone: this.#gone };
  }

  of(stream: string): Shown | undefined {
    return this.#shown.get(stream);
  }

  get gone(): readonly Gone[] {
    return this.#gone;
  }

  /** Resources that are available, by stream. */
  get available(): (Shown & { readonly stream: string })[] {
    return [...this.#shown].filter(([, { available }]) => available).map(([stream, shown]) => ({ stream, ...shown }));
  }

  /** A stream is available, and says so; answers whether it was before. Undefined: something later was said already. */
  show(stream: string, { resource, tail, at }: Pick<Shown, "resource" | "tail" | "at">): { readonly wasAvailable: boolean } | undefined {
    const before = this.#shown.get(stream);
    if (before && at < before.at) return undefined;
    this.#shown.set(stream, { resource, available: true, tail, at, directed: before?.directed ?? [] });
    return { wasAvailable: before?.available ?? false };
  }

  /** Presence for one address alone; answers those that are to be told that it is gone, to make room. */
  direct(stream: string, resource: string, to: string): string[] {
    const before = this.#shown.get(stream) ?? { resource, available: false, tail: "/>", at: 0, directed: [] };
    const directed = [...before.directed.filter((each) => each !== to), to];
    const dropped = directed.slice(0, -MOST_DIRECTED);
    this.#shown.set(stream, { ...before, directed: directed.slice(-MOST_DIRECTED) });
    return dropped;
  }

  /** The address was told that this resource is gone. Answers whether that changes anything. */
  undirect(stream: string, to: string): boolean {
    const before = this.#shown.get(stream);
    if (!before?.directed.includes(to)) return false;
    const directed = before.directed.filter((each) => each !== to);
    if (!before.available && directed.length === 0) this.#shown.delete(stream);
    else this.#shown.set(stream, { ...before, directed });
    return true;
  }

  /** A stream is not available any more; answers what it was. */
  hide(stream: string): Shown | undefined {
    const before = this.#shown.get(stream);
    this.#shown.delete(stream);
    return before;
  }

  owe(gone: Gone): void {
    if (gone.to.length > 0) this.#gone = [...this.#gone, gone];
  }

  /** One of those who are owed it has heard. */
  settled({ resource, at }: Pick<Gone, "resource" | "at">, to: string): void {
    this.#gone = this.#gone.flatMap((each) => {
      if (each.resource !== resource || each.at !== at) return [each];
      const left = each.to.filter((one) => one !== to);
      return left.length > 0 ? [{ ...each, to: left }] : [];
    });
  }
}
