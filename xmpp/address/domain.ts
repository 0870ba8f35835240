/**
 * Domains of addresses (RFC 7622 §3.2, RFC 5890 to 5893).
 *
 * @module
 */

import { fitsBidiRule, readsFromRight } from "./bidi.ts";
import { fitsPart, isIdentifier } from "./precis.ts";

const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const IPV6 = /^\[[0-9a-f:.]{2,45}\]$/;

/**
 * Prepares a domain: lower case, without a trailing dot, international labels as U-labels (RFC 7622 §3.2).
 *
 * The platform's IDNA (UTS #46, the one of URLs) does the mapping; what comes out has to be valid by IDNA2008 besides.
 */
export function prepareDomain(text: string): string | undefined {
  if (text.length > 1024) return undefined;
  const lower = (text.endsWith(".") ? text.slice(0, -1) : text).toLowerCase(); // §3.2: one dot at the end
  if (!fitsPart(lower)) return undefined;
  const name = /^[!-~]*$/.test(lower) ? lower : throughIdna(lower);
  if (!HOST_NAME.test(name)) return IPV6.test(name) && URL.canParse(`https://${name}/`) ? new URL(`https://${name}/`).hostname : undefined;
  const prepared = name.includes("xn--") ? withULabels(name) : name;
  return prepared !== undefined && fitsPart(prepared) ? prepared : undefined;
}

/** Asks the platform for the A-labels; "" if it is no name. Only letters, digits, hyphens and dots of ASCII go in. */
function throughIdna(name: string): string {
  if (!/^[a-z0-9.\u0080-\uffff-]*$/.test(name)) return "";
  const url = `https://${name}/`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, "") : "";
}

/** Makes A-labels U-labels (RFC 7622 §3.2.1); undefined: one of them stands for nothing, or for what no label may be. */
function withULabels(name: string): string | undefined {
  const labels = name.split(".").map((label) => (label.startsWith("xn--") ? uLabel(label) : label));
  if (labels.some((label) => label === undefined)) return undefined;
  const domain = labels.join(".");
  if (!readsFromRight(domain)) return domain;
  return labels.every((label) => fitsBidiRule(label as string)) ? domain : undefined; // RFC 5893 §2: of all labels
}

/** The U-label of an A-label (RFC 5891 §5.4); its way back has to lead to the very same. */
function uLabel(aLabel: string): string | undefined {
  const label = decodePunycode(aLabel.slice("xn--".length));
  if (label === undefined || !/^[a-z0-9\u0080-\u{10ffff}-]+$/u.test(label) || !/[^\0-\x7f]/.test(label)) return undefined;
  if (/^[-\p{M}]|-$|^..--/u.test(label)) return undefined; // RFC 5891 §4.2.3
  if (label.normalize("NFC") !== label || label.toLowerCase() !== label || !isIdentifier(label)) return undefined;
  return throughIdna(label) === aLabel ? label : undefined;
}

/** Decodes what follows `xn--` (RFC 3492 §6.2); undefined: it is not Punycode. */
function decodePunycode(text: string): string | undefined {
  const hyphen = text.lastIndexOf("-");
  const output = hyphen > 0 ? [...text.slice(0, hyphen)].map((letter) => letter.charCodeAt(0)) : [];
  let [code, index, bias] = [128, 0, 72];
  for (let at = hyphen > 0 ? hyphen + 1 : 0; at < text.length; ) {
    const before = index;
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = digitOf(text.charCodeAt(at++));
      if (digit === undefined) return undefined;
      index += digit * weight;
      const threshold = Math.min(Math.max(k - bias, 1), 26);
      if (digit < threshold) break;
      weight *= 36 - threshold;
      if (weight > 0x7fffffff) return undefined;
    }
    const length = output.length + 1;
    bias = adapted(index - before, { length, isFirst: before === 0 });
    code += Math.floor(index / length);
    if (code > 0x10ffff) return undefined;
    index %= length;
    output.splice(index++, 0, code);
  }
  return String.fromCodePoint(...output);
}

/** `a` to `z` are 0 to 25, `0` to `9` are 26 to 35; undefined: none of these, or the text is over. */
function digitOf(unit: number): number | undefined {
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x61;
  return unit >= 0x30 && unit <= 0x39 ? unit - 0x30 + 26 : undefined;
}

/** RFC 3492 §6.1. */
function adapted(difference: number, { length, isFirst }: { readonly length: number; readonly isFirst: boolean }): number {
  let delta = Math.floor(difference / (isFirst ? 700 : 2));
  delta += Math.floor(delta / length);
  let k = 0;
  for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
  return k + Math.floor((36 * delta) / (delta + 38));
}
