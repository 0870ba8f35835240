/**
 * One connection: its frames in their order, which answers which, and how far it came.
 *
 * @module
 */

import type { Element } from "../xmpp/mod.ts";
import { Explained } from "./explained.ts";
import { type ExplainedConnection, type Fault, type Step, STEPS, type StepState } from "./explanation.ts";
import { readFrame } from "./frame.ts";
import { masked } from "./mask.ts";
import { ANSWERS, type Recognised, recognise } from "./recognise.ts";
import type { Ended, RawFrame, Transport, Upgrade } from "./recording.ts";
import { upgradeTable } from "./upgrade_table.ts";

const encoder = new TextEncoder();

export class Conversation {
  readonly #index: number;
  readonly #transport: Transport;
  #upgrade: Upgrade | null;
  #ended: Ended | null = null;
  #raw = 0;
  readonly #requests = new Map<string, Explained>();
  readonly #counts = new Map<Step, number>();

  constructor({ index, transport, upgrade }: { index: number; transport: Transport; upgrade: Upgrade | null; framesKnown: boolean; page: string }) {
    this.#index = index;
    this.#transport = transport;
    this.#upgrade = upgrade;
  }

  mayStillBe(upgrade: Upgrade | null): boolean {
    const before = this.#upgrade;
    return (
      this.#raw === 0 &&
      before !== null &&
      upgrade !== null &&
      before.answeredAt === null &&
      before.url === upgrade.url &&
      before.startedAt === upgrade.startedAt
    );
  }

  answered(upgrade: Upgrade | null): void {
    this.#upgrade = upgrade;
  }

  close(ended: Ended): void {
    this.#ended = ended;
  }

  take(frame: RawFrame, index: number): Explained[] {
    const { element } = readFrame(frame.text);
    const recognised: Recognised = element ? recognise(element, frame.direction) : { step: "other", kind: "malformed", about: "", rule: null };
    const request = element ? this.#requestOf(element, frame) : undefined;
    const explained = new Explained({
      ...recognised,
      ...(request && { step: request.step, kind: recognised.kind === "refused" ? "refused" : (ANSWERS[request.kind] ?? "iq-response") }),
      ...{ index, connection: this.#index, raw: this.#raw++, direction: frame.direction, at: frame.at },
      ...{ bytes: encoder.encode(frame.text).length, text: masked(frame.text), about: masked(recognised.about), values: {} },
      answers: request?.index ?? null,
      latencyMs: request?.at != null && frame.at !== null ? frame.at - request.at : null,
    });
    if (element?.name === "iq" && (element.attrs["type"] === "get" || element.attrs["type"] === "set")) {
      this.#requests.set(`${frame.direction} ${element.attrs["id"]}`, explained);
    }
    this.#counts.set(explained.step, (this.#counts.get(explained.step) ?? 0) + 1);
    return [explained];
  }

  #requestOf(element: Element, { direction }: RawFrame): Explained | undefined {
    if (element.name !== "iq" || !/^(?:result|error)$/.test(element.attrs["type"] ?? "")) return undefined;
    const key = `${direction === "in" ? "out" : "in"} ${element.attrs["id"]}`;
    const request = this.#requests.get(key);
    this.#requests.delete(key);
    return request;
  }

  steps(_now: number | null): StepState[] {
    return STEPS.filter((step) => this.#counts.has(step)).map((step) => ({
      connection: this.#index,
      step,
      state: "done",
      frames: this.#counts.get(step) ?? 0,
    }));
  }

  faults(_now: number | null): Fault[] {
    return [];
  }

  summary(): ExplainedConnection {
    return {
      index: this.#index,
      transport: this.#transport,
      url: masked(this.#upgrade?.url ?? ""),
      startedAt: this.#upgrade?.startedAt ?? null,
      endedAt: this.#ended?.at ?? null,
      code: this.#ended?.code ?? null,
      jid: "",
      upgrade: this.#upgrade && this.#transport === "websocket" ? upgradeTable(this.#upgrade) : [],
    };
  }
}
