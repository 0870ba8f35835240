/** A state in a word: the tone is a colour, and the word says it all. @module */

import type { ComponentChildren } from "preact";

export type BadgeTone = "good" | "busy" | "call" | "after" | "away" | "bad" | "plain";

export function Badge({ tone, large, children }: { readonly tone: BadgeTone; readonly large?: boolean; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}${large ? " large" : ""}`}>{children}</span>;
}
