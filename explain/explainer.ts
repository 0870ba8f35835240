/**
 * Explains connections while they happen, or a whole recording at once.
 *
 * @module
 */

import { Conversation } from "./conversation.ts";
import type { Explained } from "./explained.ts";
import type { ExplainedFrame, Explanation } from "./explanation.ts";
import { judgeConflicts, judgeLosses, lossOf } from "./judge_loss.ts";
import type { Ended, RawFrame, Recording, Transport, Upgrade } from "./recording.ts";
import { stepsOf } from "./steps.ts";
import { verdictOf } from "./verdict.ts";

export interface ExplainerOptions {
  /** Frames that are kept, 20,000 unless said; a few more at times. */
  readonly keep?: number;
  /** True: nothing more comes, and it was saved by somebody who had waited for what is not in it. */
  readonly isSaved?: boolean;
}

/** Connections of which something is said; of older ones only the frames are left. */
const MOST_CONNECTIONS = 500;

/** Explains a whole recording. */
export function explain(recording: Recording): Explanation {
  const explainer = new Explainer({ keep: Number.POSITIVE_INFINITY, isSaved: recording.source === "har" });
  for (const { transport, upgrade, frames, framesKnown, ended, page } of recording.connections) {
    explainer.opened(upgrade, { transport, framesKnown, page });
    for (const frame of frames) explainer.add(frame);
    if (ended) explainer.closed(ended);
  }
  if (recording.until !== null) explainer.tick(recording.until);
  return explainer.explanation;
}

interface OpenedOptions {
  readonly transport?: Transport;
  readonly framesKnown?: boolean;
  readonly page?: string;
}

/** Explains connections one after the other; the work for a frame does not grow with their number. */
export class Explainer {
  readonly #keep: number;
  readonly #isSaved: boolean;
  #conversations: Conversation[] = [];
  #frames: Explained[] = [];
  #opened = 0;
  #dropped = 0;
  #now: number | null = null;

  constructor({ keep = 20_000, isSaved = false }: ExplainerOptions = {}) {
    this.#keep = keep;
    this.#isSaved = isSaved;
  }

  /** A connection is being opened. Called again with the answer, maybe after a first frame: the same connection, now open. */
  opened(upgrade: Upgrade | null, options: OpenedOptions = {}): void {
    const { transport = "websocket", framesKnown = true, page = "" } = options;
    const last = this.#conversations.at(-1);
    if (last?.mayStillBe(upgrade)) last.answered(upgrade);
    else this.#conversations.push(new Conversation({ index: this.#opened++, transport, upgrade, framesKnown, page }));
    if (this.#conversations.length > MOST_CONNECTIONS) this.#conversations.shift();
  }

  /** A frame went over the newest connection; without one, one begins. Answers what it is: several, if it is a body of BOSH with several stanzas. */
  add(frame: RawFrame): readonly ExplainedFrame[] {
    if (this.#conversations.length === 0) this.opened(null);
    const conversation = this.#conversations.at(-1) as Conversation;
    const explained = conversation.take(frame, this.#dropped + this.#frames.length);
    for (const each of explained) this.#frames.push(each);
    this.#dropOld();
    return explained;
  }

  /** The newest connection has ended. */
  closed(ended: Ended): void {
    this.#conversations.at(-1)?.close(ended);
  }

  /** Tells what time it is, in Unix milliseconds: what is awaited for too long is a fault then. */
  tick(now: number): void {
    this.#now = now;
  }

  /** What can be said so far. The lists grow with later frames; ask anew to have all of them. */
  get explanation(): Explanation {
    const conversations = this.#conversations;
    const courses = conversations.map(({ course }) => course);
    for (const [at, conversation] of conversations.entries()) conversation.judge({ now: this.#now, next: courses[at + 1], isSaved: this.#isSaved });
    judgeConflicts(courses);
    judgeLosses(courses.flatMap((course, at) => lossOf(course, courses[at + 1]) ?? []));
    for (const course of courses) course.goOn();
    const faults = courses.flatMap((course) => course.faults);
    const steps = courses.flatMap((course) =>
      stepsOf(
        course,
        faults.filter(({ connection }) => connection === course.index),
      ),
    );
    return {
      connections: conversations.map((each) => each.summary()),
      frames: this.#frames,
      dropped: this.#dropped,
      steps,
      faults,
      verdict: (language) => verdictOf({ faults, steps, course: courses.at(-1) }, language),
    };
  }

  /** In slices, so that a full log does not move all its frames at each new one. */
  #dropOld(): void {
    const surplus = this.#frames.length - this.#keep;
    if (surplus < this.#keep / 10) return;
    this.#frames = this.#frames.slice(surplus);
    this.#dropped += surplus;
  }
}
