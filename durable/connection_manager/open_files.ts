/**
 * Keeps a process below its limit of open files: an awake object with storage holds three, a socket one.
 *
 * Each manager reckons for itself, without asking anyone: the managers before it are full (they are filled first to
 * last), and an object stays awake some ten seconds after its last event.
 *
 * @module
 */

const FILES_PER_OBJECT = 3;
const AWAKE_MS = 12_000;
/** Runtime, listeners, the Directory, shared hosts. */
const RESERVE = 300;

export class OpenFiles {
  readonly #limit: number;
  readonly #before: number;
  #recent = new Set<string>();
  #older = new Set<string>();
  #turnedAt = 0;

  /** `limit` 0: unknown, nothing is refused. `socketsBefore`: those of the managers filled before this one. */
  constructor(limit: number, socketsBefore: number) {
    this.#limit = limit;
    this.#before = socketsBefore;
  }

  /** An object was called. */
  touch(name: string, now: number): void {
    this.#turn(now);
    this.#recent.add(name);
  }

  #turn(now: number): void {
    if (now - this.#turnedAt < AWAKE_MS) return;
    this.#older = now - this.#turnedAt < 2 * AWAKE_MS ? this.#recent : new Set();
    this.#recent = new Set();
    this.#turnedAt = now;
  }

  /** Is there room for one agent more, with `sockets` here and so many hosts joined? */
  hasRoom(sockets: number, hosts: number, now: number): boolean {
    if (this.#limit === 0) return true;
    this.#turn(now);
    const objects = this.#recent.size + this.#older.size + hosts + 1;
    return RESERVE + this.#before + sockets + FILES_PER_OBJECT * objects + FILES_PER_OBJECT + 1 <= this.#limit;
  }
}
