/**
 * A conversation as exchanges: one thing that is done, and what has to be waited for before the next.
 *
 * What a conversation says is received is what Deskwire answers; here it says only how much to wait for, and where the
 * values stand that later lines use.
 *
 * @module
 */

import type { Conversation, Step } from "../../test/conversations/format.ts";

type Doing = Step & ({ readonly does: "sends" | "publishes" } | { readonly does: "binary" | "breaks" });

export interface Exchange {
  /** What verdicts call it: its heading, numbered where the heading has several. */
  readonly name: string;
  readonly does: Doing;
  /** Its answers are not compared: they are in every conversation that signs in. */
  readonly isSetUp: boolean;
  /** Name of a connection → patterns of the frames that it should get; null: as many as come. */
  readonly awaits: ReadonlyMap<string, readonly string[]> | null;
  /** Connections whose sockets should be closed. */
  readonly closes: readonly string[];
}

interface Draft {
  readonly does: Doing;
  readonly after: Step[];
}

export function exchangesOf({ steps }: Conversation): readonly Exchange[] {
  const drafts: Draft[] = [];
  for (const step of steps) {
    if (isDoing(step)) drafts.push({ does: step, after: [] });
    else drafts.at(-1)?.after.push(step);
  }
  const counts = new Map<string, number>();
  return drafts.map(({ does, after }) => {
    const { heading, isSetUp } = does;
    const count = (counts.get(heading) ?? 0) + (isSetUp ? 0 : 1);
    counts.set(heading, count);
    return { name: count > 1 ? `${heading} (${count})` : heading, does, isSetUp, ...waitsFor(after) };
  });
}

function isDoing(step: Step): step is Doing {
  return ["sends", "binary", "breaks", "publishes"].includes(step.does);
}

function waitsFor(after: readonly Step[]): Pick<Exchange, "awaits" | "closes"> {
  const awaits = new Map<string, string[]>();
  const closes: string[] = [];
  for (const step of after) {
    const patterns = "who" in step ? (awaits.get(step.who) ?? []) : [];
    if (step.does === "receives" || step.does === "exactly") awaits.set(step.who, [...patterns, step.text]);
    else if (step.does === "nothing") awaits.set(step.who, patterns);
    else if (step.does === "closes") closes.push(step.who);
  }
  return { awaits: after.length === 0 ? null : awaits, closes };
}
