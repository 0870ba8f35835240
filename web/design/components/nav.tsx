/** The header of a page: the name, and the way to the other pages. @module */

import type { ComponentChildren } from "preact";

import { t } from "../../i18n/translate.ts";

export type PageName = "desk" | "inspect" | "lab";

const PAGES: readonly { readonly name: PageName; readonly path: string }[] = [
  { name: "desk", path: "/" },
  { name: "inspect", path: "/inspect" },
  { name: "lab", path: "/lab" },
];

export function Top({ here, children }: { readonly here: PageName; readonly children?: ComponentChildren }) {
  return (
    <header class="top">
      <img src="/favicon.svg" alt="" width="26" height="26" />
      <span class="brand">{t("title")}</span>
      <nav class="nav" aria-label={t("nav")}>
        {PAGES.map(({ name, path }) => (
          <a key={name} href={path} {...(name === here && { "aria-current": "page" as const })}>
            {t(`nav-${name}`)}
          </a>
        ))}
      </nav>
      {children}
    </header>
  );
}
