/**
 * One explained frame: values, and sentences made from them when they are asked for.
 *
 * @module
 */

import type { ExplainedFrame, FrameKind, Language, Rule, Step } from "./explanation.ts";
import type { FaultCode } from "./fault_codes.ts";
import type { Direction } from "./recording.ts";
import { RULES, type RuleName } from "./rules.ts";
import { frameExpects, frameSays } from "./texts/mod.ts";
import type { SayKey, Values } from "./texts/shape.ts";

export class Explained implements ExplainedFrame {
  readonly index: number;
  readonly connection: number;
  readonly raw: number;
  readonly direction: Direction;
  readonly at: number | null;
  readonly bytes: number;
  readonly text: string;
  readonly step: Step;
  readonly kind: FrameKind;
  readonly about: string;
  readonly rule: Rule | null;
  readonly answers: number | null;
  readonly latencyMs: number | null;
  /** Grows while the frames after it are read. */
  readonly faults: FaultCode[] = [];
  readonly #say: SayKey;
  readonly #values: Values;

  constructor({ rule, say, values, ...fields }: ExplainedFields) {
    this.index = fields.index;
    this.connection = fields.connection;
    this.raw = fields.raw;
    this.direction = fields.direction;
    this.at = fields.at;
    this.bytes = fields.bytes;
    this.text = fields.text;
    this.step = fields.step;
    this.kind = fields.kind;
    this.about = fields.about;
    this.answers = fields.answers;
    this.latencyMs = fields.latencyMs;
    this.rule = rule === null ? null : RULES[rule];
    this.#say = say;
    this.#values = values;
  }

  says(language: Language): string {
    return frameSays(language, this.#say, this.#values);
  }

  expects(language: Language): string {
    return frameExpects(language, this.#say, this.#values);
  }
}

export type ExplainedFields = Pick<
  ExplainedFrame,
  "index" | "connection" | "raw" | "direction" | "at" | "bytes" | "text" | "step" | "kind" | "about" | "answers" | "latencyMs"
> & { readonly rule: RuleName | null; readonly say: SayKey; readonly values: Values };
