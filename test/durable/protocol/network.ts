/**
 * Time, chance and calls of the model: a clock of events, seeded random numbers, objects that live and die, and a network
 * that delays, reorders, repeats and loses what objects say to one another.
 *
 * No real time passes. Handlers are ordinary async functions; between two events every microtask runs to its end, so a
 * run depends on its seed alone. What an object awaits never comes back once its life is over.
 *
 * @module
 */

/** Seeded random numbers (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 0x9e3779b9) >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.next() * of.length)] as T;
  }
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Discrete events in the order of their time. */
export class Clock {
  now: number;
  /** Events that were run. */
  count = 0;
  readonly #heap: Event[] = [];
  #order = 0;

  constructor(start: number) {
    this.now = start;
  }

  at(time: number, run: () => void): void {
    const event = { at: Math.max(time, this.now), order: this.#order++, run };
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[index] = heap[parent] as Event;
      index = parent;
    }
    heap[index] = event;
  }

  after(milliseconds: number, run: () => void): void {
    this.at(this.now + milliseconds, run);
  }

  #shift(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[index] = heap[child] as Event;
      index = child;
    }
    heap[index] = last;
    return first;
  }

  /** Runs events up to a time, or until `stop` says so. */
  async run(until: number, stop: () => boolean): Promise<void> {
    while (!stop()) {
      const next = this.#heap[0];
      if (!next || next.at > until) break;
      this.#shift();
      this.now = next.at;
      this.count++;
      next.run();
      // Everything that follows from the event without waiting is done before the next one.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    if (!stop()) this.now = Math.max(this.now, until);
  }
}

/** A call that was not answered in time. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
}

/** A call that the platform broke: the callee died, or has too much to do. */
export class Broken extends Error {
  override readonly name = "Broken";
  readonly overloaded: boolean;

  constructor(overloaded: boolean) {
    super(overloaded ? "overloaded" : "broken");
    this.overloaded = overloaded;
  }
}

/** One life of an object's memory. */
export class Life {
  alive = true;
  /** Handlers, calls and timers under way; while there are any it does not sleep. */
  busy = 0;
  lastEvent: number;
  readonly onDeath = new Set<() => void>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.lastEvent = clock.now;
  }

  enter(): void {
    this.busy++;
    this.lastEvent = this.#clock.now;
  }

  leave(): void {
    this.busy--;
    this.lastEvent = this.#clock.now;
  }

  /** Like `setTimeout`; the answer cancels it. */
  timer(milliseconds: number, run: () => void): () => void {
    let over = false;
    this.enter();
    const end = (): void => {
      if (over) return;
      over = true;
      this.leave();
    };
    this.#clock.after(milliseconds, () => {
      if (over || !this.alive) return;
      end();
      run();
    });
    return end;
  }

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.timer(milliseconds, resolve));
  }

  /** As `within` of stubs.ts. */
  within<T>(milliseconds: number, call: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.timer(milliseconds, () => reject(new Unanswered()));
      call.then(resolve, reject).finally(cancel);
    });
  }

  die(): void {
    this.alive = false;
    for (const tell of this.onDeath) tell();
    this.onDeath.clear();
  }
}

/** What the platform runs of an object. */
export interface Living {
  alarm(): Promise<void>;
}

/** An object's address: at most one life at a time, and what outlasts it. */
export class Place<T extends Living> {
  readonly name: string;
  object: T | undefined;
  life: Life | undefined;
  alarm: number | null = null;
  /** Called when memory is lost. */
  onLoss: () => void = () => {};
  readonly #clock: Clock;
  readonly #make: (life: Life) => T;
  #ringing = false;
  #watched = false;

  constructor(clock: Clock, name: string, make: (life: Life) => T) {
    this.#clock = clock;
    this.name = name;
    this.#make = make;
  }

  /** The object, made anew from what is stored if it has no memory. */
  wake(): T {
    if (!this.object) {
      this.life = new Life(this.#clock);
      this.object = this.#make(this.life);
    }
    this.#watch();
    return this.object;
  }

  /** Sleeps ten seconds after the last event, unless something is under way. */
  #watch(): void {
    if (this.#watched) return;
    this.#watched = true;
    const look = (): void => {
      const life = this.life;
      if (!life) {
        this.#watched = false;
        return;
      }
      const due = life.lastEvent + SLEEP_MS;
      if (life.busy === 0 && due <= this.#clock.now) {
        this.#watched = false;
        this.loseMemory();
      } else this.#clock.at(Math.max(due, this.#clock.now + 1000), look);
    };
    this.#clock.after(SLEEP_MS, look);
  }

  /** Memory is lost; rows stay. An alarm whose handler was running comes again. */
  loseMemory(): void {
    const life = this.life;
    if (!life) return;
    this.object = undefined;
    this.life = undefined;
    life.die();
    if (this.#ringing) {
      this.#ringing = false;
      this.setAlarm(this.#clock.now + 2000);
    }
    this.onLoss();
  }

  /** Runs a handler on the object. */
  async enter<R>(run: (object: T) => Promise<R>): Promise<R> {
    const object = this.wake();
    const life = this.life as Life;
    life.enter();
    try {
      return await run(object);
    } finally {
      life.leave();
    }
  }

  /** Sets the alarm unless an earlier one is set. */
  setAlarm(at: number): void {
    if (this.alarm !== null && this.alarm <= at) return;
    this.alarm = at;
    this.#clock.at(at, () => {
      if (this.alarm === at) this.#ring();
    });
  }

  #ring(): void {
    this.alarm = null;
    this.#ringing = true;
    this.wake();
    const life = this.life;
    void this.enter((object) => object.alarm()).then(
      () => {
        if (this.life === life) this.#ringing = false;
      },
      () => {
        if (this.life !== life) return;
        this.#ringing = false;
        this.setAlarm(this.#clock.now + 2000);
      },
    );
  }
}

export const SLEEP_MS = 10_000;

/** How badly the network behaves; all 0: it works. */
export interface Faults {
  readonly lostRequest: number;
  readonly lostAnswer: number;
  readonly repeated: number;
  /** Takes seconds. */
  readonly slow: number;
  /** The longest that a call takes otherwise, one way. */
  readonly delay: number;
  readonly overloaded: number;
}

export const NO_FAULTS: Faults = { lostRequest: 0, lostAnswer: 0, repeated: 0, slow: 0, delay: 40, overloaded: 0 };

/** Calls between objects. */
export class Network {
  faults: Faults = NO_FAULTS;
  /** Objects that no call reaches, and until when. */
  readonly blocked = new Map<string, number>();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #deadline: number;

  constructor(clock: Clock, random: Random, deadline: number) {
    this.#clock = clock;
    this.#random = random;
    this.#deadline = deadline;
  }

  #delay(): number {
    if (this.#random.chance(this.faults.slow)) return this.#random.between(200, 9000);
    return this.#random.between(1, this.faults.delay);
  }

  /** Calls an object with the deadline of the contract; the call itself may arrive later, twice or never. */
  call<T extends Living, R>(from: Life, to: Place<T>, run: (object: T) => Promise<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      let open = true;
      const settle = (how: () => void): void => {
        if (!open || !from.alive) return;
        open = false;
        cancel();
        how();
      };
      const cancel = from.timer(this.#deadline, () => {
        open = false;
        reject(new Unanswered());
      });
      const answer = (how: () => void): void => {
        if (!this.#random.chance(this.faults.lostAnswer)) this.#clock.after(this.#delay(), () => settle(how));
      };
      if (this.#random.chance(this.faults.overloaded)) {
        answer(() => reject(new Broken(true)));
        return;
      }
      const copies = this.#random.chance(this.faults.repeated) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        if (this.#random.chance(this.faults.lostRequest) || (this.blocked.get(to.name) ?? 0) > this.#clock.now) continue;
        this.#clock.after(this.#delay(), () =>
          this.#arrive(
            to,
            run,
            (result) => answer(() => resolve(result)),
            (error) => answer(() => reject(error)),
          ),
        );
      }
    });
  }

  #arrive<T extends Living, R>(to: Place<T>, run: (object: T) => Promise<R>, resolve: (result: R) => void, reject: (error: unknown) => void): void {
    to.wake();
    const life = to.life as Life;
    const died = (): void => {
      // Whoever waits for a dead object is told so, or left to its deadline.
      if (this.#random.chance(0.5)) reject(new Broken(false));
    };
    life.onDeath.add(died);
    to.enter(run)
      .then(resolve, reject)
      .finally(() => life.onDeath.delete(died));
  }
}
