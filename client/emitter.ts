/**
 * Typed events: a name, and what comes with it.
 *
 * @module
 */

export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(what: never) => void>>();

  /** Calls back for each event of this name; answers how to end that. */
  on<Name extends keyof Events>(name: Name, listener: (what: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  protected emit<Name extends keyof Events>(name: Name, what: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) this.guarded(() => (listener as (what: Events[Name]) => void)(what));
  }

  /** A fault of the application's own code does not reach the stream: it is reported as one that nobody caught. */
  protected guarded(run: () => void): void {
    try {
      run();
    } catch (fault) {
      if (typeof reportError === "function") reportError(fault);
      else console.error(fault);
    }
  }
}
