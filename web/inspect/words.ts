/** Words of the page `/inspect`. @module */

import { inspectDe } from "../i18n/inspect_de.ts";
import { type InspectKey, inspectEn } from "../i18n/inspect_en.ts";
import { type Translate, translator } from "../i18n/translate.ts";

export { language } from "../i18n/translate.ts";

export const t: Translate<InspectKey> = translator({ en: inspectEn, de: inspectDe });

/** "1 frame", "12 frames" */
export function countWords(of: "frames" | "faults", n: number): string {
  if (of === "faults" && n === 0) return t("faults-0");
  return t(n === 1 ? `${of}-1` : `${of}-n`, { n });
}
