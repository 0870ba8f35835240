/** A sentence on how things stand, and what can be done. @module */

import type { ComponentChildren } from "preact";

import type { BadgeTone } from "./badge.tsx";

interface NoticeProps {
  readonly tone: BadgeTone;
  readonly title: string;
  readonly text: string;
  readonly id?: string;
  /** True: read out at once. */
  readonly alert?: boolean;
  readonly children?: ComponentChildren;
}

export function Notice({ tone, title, text, id, alert, children }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} {...(id && { id })} {...(alert && { role: "alert" })}>
      <span>
        <strong>{title}</strong> {text}
      </span>
      {children}
    </div>
  );
}
