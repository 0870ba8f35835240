/** A button; `busy` keeps it in the order of the keyboard and out of use. @module */

import type { ButtonHTMLAttributes, ComponentChildren } from "preact";

interface ButtonProps extends Omit<ButtonHTMLAttributes, "class" | "size"> {
  readonly look?: "primary" | "normal";
  readonly small?: boolean;
  readonly busy?: boolean;
  readonly pressed?: boolean;
  readonly children: ComponentChildren;
}

export function Button({ look = "normal", small, busy, pressed, type = "button", onClick, ...rest }: ButtonProps) {
  const classes = ["button", look === "primary" && "primary", small && "small"].filter(Boolean).join(" ");
  return (
    <button
      {...rest}
      type={type}
      class={classes}
      {...(!busy && onClick && { onClick })}
      {...(busy && { "aria-disabled": true })}
      {...(pressed !== undefined && { "aria-pressed": pressed })}
    />
  );
}
