/** Time since something began. Only its text changes with the clock. @module */

import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";

import { elapsedText } from "../elapsed.ts";

export function Elapsed({ since, now }: { readonly since: number; readonly now: ReadonlySignal<number> }) {
  const start = useSignal(since);
  start.value = since;
  const text = useComputed(() => elapsedText(now.value - start.value));
  return <span class="digits">{text}</span>;
}
