/** Something that unfolds below its heading. What is inside is made when it is first opened. @module */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

interface DisclosureProps {
  readonly summary: ComponentChildren;
  readonly open?: boolean;
  readonly class?: string;
  readonly children: () => ComponentChildren;
}

export function Disclosure({ summary, open = false, class: name = "", children }: DisclosureProps) {
  const [isOpen, setOpen] = useState(open);
  return (
    <details class={`disclosure ${name}`} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && children()}
    </details>
  );
}
