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

  /** The client answered the probe of this name. */
  answered(name: string): void {
    if (name !== this.#probe) return;
    [this.#probe, this.#read] = ["", this.#before];
  }

  /** Characters that are not known to have been read, as far as they count against the bound; `answers`: it has answered a probe before. */
  unread(answers: boolean): number {
    return answers ? this.#sent - this.#read : Math.max(this.#unheard, this.#guess / GUESSED);
  }

  /** What to do about a client that has so much unread; `length`: characters that may be. */
  verdictOn(unread: number, length: number): "reads" | "probe" | "stalls" {
    if (unread > length) return "stalls";
    const step = length / PROBES;
    return unread > step && (this.#probe === "" || this.#sent - this.#probedAt > step) ? "probe" : "reads";
  }
}
