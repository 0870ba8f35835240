/**
 * What is to happen when: tasks in the order of their time.
 *
 * @module
 */

export interface Task<Act extends string = string> {
  /** Unix milliseconds. */
  readonly due: number;
  readonly act: Act;
  /** Whom or what it concerns. */
  readonly of: string;
  /** The state of a desk for which it was planned: in a later one it is void. Null: always valid. */
  readonly turn: number | null;
}

export class Agenda<Act extends string> {
  /** The next one is the last. */
  readonly #tasks: Task<Act>[] = [];

  add(task: Task<Act>): void {
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#tasks[middle] as Task<Act>).due > task.due) low = middle + 1;
      else high = middle;
    }
    this.#tasks.splice(low, 0, task);
  }

  /** Takes off the next task that is due. */
  take(now: number): Task<Act> | undefined {
    const next = this.#tasks.at(-1);
    return next && next.due <= now ? this.#tasks.pop() : undefined;
  }
}
