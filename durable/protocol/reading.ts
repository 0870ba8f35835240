/**
 * Is a client that does not acknowledge reading what it is sent (docs/protocol.md: Dead peers)?
 *
 * That it sends says nothing of whether it reads. An answer to a probe does: it has read all that was sent before that. Of a
 * client that has answered one before, only such answers count. One that never did, as some desktops never do, is taken to
 * read so much in the time between two frames of it, and nothing while it is silent.
 *
 * @module
 */

/** So many times as much may be unread, as far as can be guessed from a rate. */
const GUESSED = 4;
/** Of what may be unread, what is sent between two probes. */
const PROBES = 4;

/** How much a client owes: more than it may, and more than can be explained. */
export interface Owing {
  readonly isBeyond: boolean;
  readonly isFar: boolean;
}

export class Reading {
  /** Characters sent in all, and since the last frame came. */
  #sent = 0;
  #unheard = 0;
  /** What was read at least, as the last answer to a probe shows. */
  #read = 0;
  /** What is guessed to be unread, at `#guessedAt`. */
  #guess = 0;
  #guessedAt: number;
  /** The probe that is not answered, how much was sent before it, and when it was last sent. */
  #probe = "";
  #before = 0;
  #probedAt = 0;

  constructor(now: number) {
    this.#guessedAt = now;
  }

  sent(length: number): void {
    this.#sent += length;
    this.#unheard += length;
    this.#guess += length;
  }

  /** A frame came, whatever it says. `rate`: characters a second that a client is taken to read which never answered a probe. */
  heard(now: number, rate: number): void {
    this.#unheard = 0;
    this.#guess = Math.max(0, this.#guess - ((now - this.#guessedAt) / 1000) * rate);
    this.#guessedAt = now;
  }

  /** A probe is being sent: answers the name by which its answer is known, `name` if there is none yet. */
  probed(name: string): string {
    if (this.#probe === "") [this.#probe, this.#before] = [name, this.#sent];
    this.#probedAt = this.#sent;
    return this.#probe;
  }

  /** The client answered the probe of this name; false: no such one is open. */
  answered(name: string): boolean {
    if (name === "" || name !== this.#probe) return false;
    [this.#probe, this.#read] = ["", this.#before];
    return true;
  }

  /** Characters that are not known to have been read, as far as they count against the bound; `answers`: it has answered a probe before. */
  unread(answers: boolean): number {
    return answers ? this.#sent - this.#read : Math.max(this.#unheard, this.#guess / GUESSED);
  }

  /** Is it to be probed? `unread`: characters; `length`: how many may be. */
  isToBeProbed(unread: number, length: number): boolean {
    const step = length / PROBES;
    return unread > step && (this.#probe === "" || this.#sent - this.#probedAt > step);
  }

  /**
   * Has a client more unread than it may, and is it so much that what was sent at once, `burst`, does not explain it? Of one that
   * never answered a probe, what is guessed allows for that already.
   */
  judge({ answers, length, burst }: { readonly answers: boolean; readonly length: number; readonly burst: number }): Owing {
    const known = answers ? this.#sent - this.#read : this.#unheard;
    const isGuessedFar = !answers && this.#guess > GUESSED * length;
    return { isBeyond: known > length || isGuessedFar, isFar: known > length + burst || isGuessedFar };
  }
}
