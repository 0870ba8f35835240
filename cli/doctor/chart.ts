/**
 * The list of checks: what each found, how long it took, and what was not reached.
 *
 * @module
 */

import { masked } from "../../explain/mod.ts";

export const CHECKS = [
  "discovery",
  "name",
  "connect",
  "tls",
  "upgrade",
  "subprotocol",
  "origin",
  "foreign-origin",
  "open",
  "features",
  "sign-in",
  "bind",
  "round-trip",
  "presence",
  "service-contact",
  "subscription",
  "publish",
  "close",
  "bosh",
] as const;

export type CheckName = (typeof CHECKS)[number];
export type CheckState = "ok" | "warn" | "fail" | "skipped";

export interface Check {
  readonly check: CheckName;
  readonly state: CheckState;
  /** Milliseconds; null: it did not run. */
  readonly ms: number | null;
  readonly says: string;
  /** What to do; "": nothing. */
  readonly fix: string;
  /** Code of the explainer's fault behind it; null: it is none of the conversation's. */
  readonly fault: string | null;
}

export interface Outcome {
  readonly state: CheckState;
  readonly says: string;
  readonly fix?: string;
}

export const ok = (says: string): Outcome => ({ state: "ok", says });
export const warn = (says: string, fix: string): Outcome => ({ state: "warn", says, fix });
export const skipped = (says: string): Outcome => ({ state: "skipped", says });

interface Failure {
  /** True: an answer was waited for and did not come. */
  readonly hasWaited?: boolean;
  /** True: its sentence tells more than the explainer can know. */
  readonly isExact?: boolean;
  /** Why no connection came about, in the browsers' words; "": one did. */
  readonly reason?: string;
}

/** A check has failed: what was found, and what to do. */
export class Failed extends Error {
  override readonly name = "Failed";
  readonly fix: string;
  readonly hasWaited: boolean;
  readonly isExact: boolean;
  readonly reason: string;
  constructor(says: string, fix: string, { hasWaited = false, isExact = false, reason = "" }: Failure = {}) {
    super(says);
    this.fix = fix;
    this.hasWaited = hasWaited;
    this.isExact = isExact;
    this.reason = reason;
  }
}

/** What the explainer has to say of the conversation so far: fault codes, each with what to do. */
export type FaultsSoFar = (hasWaited: boolean) => readonly { readonly code: string; readonly says: string; readonly fix: string }[];

export class Chart {
  /** Was an answer waited for that did not come? */
  hasWaited = false;
  readonly #checks = new Map<CheckName, Check>();
  readonly #told = new Set<string>();
  readonly #faults: FaultsSoFar;
  #blocker: CheckName | null = null;

  constructor(faults: FaultsSoFar) {
    this.#faults = faults;
  }

  /** Runs a check; answers whether the next one can be tried. A failure of one that is `passing` ends nothing. */
  async run(check: CheckName, examine: () => Outcome | Promise<Outcome>, { passing = false } = {}): Promise<boolean> {
    const began = performance.now();
    const took = () => Math.round((performance.now() - began) * 10) / 10;
    try {
      const { state, says, fix = "" } = await examine();
      this.#checks.set(check, { check, state, ms: state === "skipped" ? null : took(), says: masked(says), fix, fault: null });
      return true;
    } catch (failure) {
      if (!(failure instanceof Failed)) throw failure;
      this.hasWaited ||= failure.hasWaited;
      // A fault that the explainer knows has better words for what to do.
      const fault = this.#faults(this.hasWaited).find(({ code }) => !this.#told.has(code));
      if (fault) this.#told.add(fault.code);
      const says = fault && !failure.isExact ? fault.says : failure.message;
      this.#checks.set(check, { check, state: "fail", ms: took(), says: masked(says), fix: fault?.fix ?? failure.fix, fault: fault?.code ?? null });
      if (!passing) this.#blocker ??= check;
      return passing;
    }
  }

  /** Notes that checks are left out, and why. */
  skip(checks: readonly CheckName[], says: string): void {
    for (const check of checks) this.#checks.set(check, { check, state: "skipped", ms: null, says, fix: "", fault: null });
  }

  has(check: CheckName, state: CheckState): boolean {
    return this.#checks.get(check)?.state === state;
  }

  /** All checks in their order; those that did not come about are said to be. */
  get checks(): Check[] {
    const reason = this.#blocker ? `Not reached: ${this.#blocker} failed.` : "Not reached.";
    return CHECKS.map((check) => this.#checks.get(check) ?? { check, state: "skipped", ms: null, says: reason, fix: "", fault: null });
  }
}
