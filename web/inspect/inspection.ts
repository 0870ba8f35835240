/**
 * What the page shows of a recording or a live connection, as signals.
 *
 * @module
 */

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";

import { type ExplainedFrame, type Explanation, type Fault, type Recording, RecordingError, type RecordingProblem } from "../../explain/mod.ts";
import { frameName } from "../frames/frame_words.ts";
import { explainSlowly } from "./explain_slowly.ts";
import { choicesIn, type Filters, matcherOf, NO_FILTERS, wantedBy } from "./filters.ts";
import { lacksFrames, readAny, recordingOf, withPasted } from "./recordings.ts";
import { answersOf, frameFurther, rowsOf } from "./rows.ts";

export type Phase =
  | { readonly kind: "empty" }
  | { readonly kind: "reading"; readonly read: number; readonly all: number }
  | { readonly kind: "failed"; readonly problem: RecordingProblem | "unreadable" }
  | { readonly kind: "shown" };

interface Shown {
  /** Name of the file, or what else it is. */
  readonly name: string;
  /** null: live. */
  readonly recording: Recording | null;
  readonly explanation: Explanation;
}

/** Returns after the page has had its turn. */
const turn = (): Promise<void> => new Promise((resume) => setTimeout(resume));

export class Inspection {
  readonly phase: Signal<Phase> = signal<Phase>({ kind: "empty" });
  readonly shown = signal<Shown | null>(null);
  /** What stood there when it was paused; null: it goes on. */
  readonly paused = signal<Explanation | null>(null);
  /** The connection that was chosen; null: the one that shows most. */
  readonly chosen = signal<number | null>(null);
  readonly filters = signal<Filters>(NO_FILTERS);
  /** Index of the frame whose details are shown. */
  readonly selected = signal<number | null>(null);
  /** Counts up when the chosen frame is to be brought into sight. */
  readonly jumps = signal(0);

  readonly explanation: ReadonlySignal<Explanation | null> = computed(() => this.paused.value ?? this.shown.value?.explanation ?? null);
  readonly connection: ReadonlySignal<number> = computed(() => this.chosen.value ?? this.#mostTelling());
  /** Frames of the connection. */
  readonly frames: ReadonlySignal<readonly ExplainedFrame[]> = computed(() => {
    const { frames = [], connections = [] } = this.explanation.value ?? {};
    return connections.length < 2 ? frames : frames.filter(({ connection }) => connection === this.connection.value);
  });
  readonly answers = computed(() => answersOf(this.frames.value));
  readonly choices = computed(() => choicesIn(this.frames.value));
  readonly isMatch = computed(() => matcherOf(this.filters.value, frameName));
  readonly rows = computed(() => rowsOf(this.frames.value, { answers: this.answers.value, isWanted: wantedBy(this.filters.value, this.isMatch.value) }));
  readonly selectedFrame = computed(() => this.frameAt(this.selected.value));
  #turn = 0;

  get isLive(): boolean {
    return this.shown.value !== null && this.shown.value.recording === null;
  }

  frameAt(index: number | null): ExplainedFrame | null {
    const { frames = [] } = this.explanation.value ?? {};
    return index === null ? null : (frames[index - (frames[0]?.index ?? 0)] ?? null);
  }

  /** Reads a text, a HAR file or frames, and explains it. */
  async read(text: string, { name, isHar = false }: { readonly name: string; readonly isHar?: boolean }): Promise<void> {
    try {
      await this.#explain(readAny(text, isHar), name);
    } catch (fault) {
      this.#failed(fault);
    }
  }

  /** Frames that were pasted for a recording that has none. */
  async complete(text: string): Promise<void> {
    const { recording, name } = this.shown.value ?? {};
    try {
      const pasted = readAny(text);
      await this.#explain(recording && lacksFrames(recording) ? withPasted(recording, pasted) : pasted, name ?? "");
    } catch (fault) {
      this.#failed(fault);
    }
  }

  unreadable(): void {
    this.phase.value = { kind: "failed", problem: "unreadable" };
  }

  /** Takes what is known of a live connection by now. */
  live(explanation: Explanation, name: string): void {
    batch(() => {
      // The explainer's list grows: what is shown is the list as it is now.
      this.shown.value = { name, recording: null, explanation: { ...explanation, frames: [...explanation.frames] } };
      this.phase.value = { kind: "shown" };
    });
  }

  /** Back to the choice of a recording. */
  close(): void {
    this.#turn++;
    batch(() => {
      this.#reset();
      this.shown.value = null;
      this.phase.value = { kind: "empty" };
    });
  }

  pause(): void {
    this.paused.value = this.shown.value?.explanation ?? null;
  }

  goOn(): void {
    this.paused.value = null;
  }

  /** Frames that came while it is paused. */
  get newFrames(): number {
    const newest = this.shown.value?.explanation.frames.at(-1)?.index ?? -1;
    return this.paused.value ? newest - (this.paused.value.frames.at(-1)?.index ?? -1) : 0;
  }

  filter(change: Partial<Filters>): void {
    this.filters.value = { ...this.filters.value, ...change };
  }

  /** Shows a frame, in its connection, and takes away the filters that hide it. */
  jumpTo(index: number): void {
    const frame = this.frameAt(index);
    if (!frame) return;
    batch(() => {
      this.chosen.value = frame.connection;
      this.selected.value = index;
      if (!wantedBy(this.filters.value, this.isMatch.value)(frame)) this.filters.value = NO_FILTERS;
      this.jumps.value++;
    });
  }

  /** By so many frames, of those that are shown; or of those with the text that is searched. */
  move(by: number, { matches = false }: { readonly matches?: boolean } = {}): void {
    const frame = frameFurther(this.rows.value.rows, this.selected.value, by, matches ? this.isMatch.value : undefined);
    if (frame) this.jumpTo(frame.index);
  }

  choose(connection: number): void {
    batch(() => {
      this.chosen.value = connection;
      this.selected.value = this.frames.value[0]?.index ?? null;
      this.jumps.value++;
    });
  }

  /** The recording to save; masked when it is written. */
  get recording(): Recording | null {
    const { recording, explanation } = this.shown.value ?? {};
    return recording ?? (explanation ? recordingOf(explanation, null) : null);
  }

  async #explain(recording: Recording, name: string): Promise<void> {
    const own = ++this.#turn;
    const all = recording.connections.reduce((sum, { frames }) => sum + frames.length, 0);
    const progress = (read: number) => (this.phase.value = { kind: "reading", read, all });
    progress(0);
    const pause = async () => {
      await turn();
      return own === this.#turn;
    };
    const explanation = await explainSlowly(recording, { progress, pause });
    if (!explanation || own !== this.#turn) return;
    batch(() => {
      this.#reset();
      this.shown.value = { name, recording, explanation };
      this.phase.value = { kind: "shown" };
      this.selected.value = this.#firstToRead(explanation);
    });
  }

  /** The frame of the first fault, else the first. */
  #firstToRead({ faults }: Explanation): number | null {
    const own = faults.filter(({ connection }) => connection === this.connection.value);
    return own.find(({ frame }) => frame !== null)?.frame ?? this.frames.value[0]?.index ?? null;
  }

  #failed(fault: unknown): void {
    if (!(fault instanceof RecordingError)) throw fault;
    this.phase.value = { kind: "failed", problem: fault.problem };
  }

  #reset(): void {
    this.chosen.value = null;
    this.selected.value = null;
    this.paused.value = null;
    this.filters.value = NO_FILTERS;
  }

  /** Of a recording the first connection with a fault; live the newest. */
  #mostTelling(): number {
    const { connections = [], faults = [] } = this.explanation.value ?? {};
    if (this.isLive) return Math.max(0, connections.length - 1);
    return faults[0]?.connection ?? 0;
  }
}

/** Where a fault shows: at a frame, else in the upgrade or in what never came. */
export const isInUpgrade = ({ frame, code }: Fault): boolean =>
  frame === null && /^(?:upgrade-|handshake-|subprotocol-|origin-|tls-|server-unreachable|server-busy)/.test(code);
