/**
 * A report to share: Markdown, masked.
 *
 * @module
 */

import type { Explanation, Language } from "./explanation.ts";
import { textsOf } from "./texts/mod.ts";

/** Writes the report of an explanation. */
export function reportOf(explanation: Explanation, language: Language): string {
  const faults = explanation.faults.map((fault) => {
    const { title, says, fix } = textsOf(fault, language);
    return `## ${title}\n\n${says}\n\n${fix}\n`;
  });
  return [`${explanation.verdict(language)}\n`, ...faults].join("\n");
}
