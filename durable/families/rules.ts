/**
 * What must be true of a family, and among families, beyond the shape of each value (docs/families.md).
 *
 * @module
 */

import { type Family, namesIn, nodeName, PRESENCE_NODE, SYSTEM_NODE } from "../../xmpp/mod.ts";
import type { Noted } from "./fields.ts";

/** A family and where its keys stand. */
export interface LocatedFamily {
  readonly family: Family;
  lineOf(key: string): number;
}

type Rule = (family: Family) => string | false;

/** Names of the service's own families. */
const OWN_NAMES: readonly string[] = ["contact", "created", "presence"];
const NAMES: readonly string[] = ["user", "team", "id"];

const has = ({ pattern }: Family, name: string): boolean => namesIn(pattern).includes(name);
const segmentsOf = (pattern: string): string[] => pattern.split("/").slice(1);
const isVariable = (segment: string): boolean => /^\{.*\}$/.test(segment);
const withBraces = (names: readonly string[]): string => names.map((name) => `{${name}}`).join(", ");

/** By the key that is to be mended; of each key the first that is broken is told. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  name: [({ name }) => !/^[a-z][a-z0-9-]*$/.test(name) && `name must have small letters, digits and hyphens, a letter first, not "${name}"`, isOwnName],
  pattern: [
    ({ pattern }) => !pattern.startsWith("/") && `pattern must begin with a slash, not "${pattern}"`,
    ({ pattern }) => segmentsOf(pattern).includes("") && `pattern must have something between its slashes and after the last, not "${pattern}"`,
    ({ pattern }) => nodeName(pattern) !== pattern && "pattern must be the name of a node in Unicode's form NFC (XEP-0060 §12.9)",
    hasStrayBraces,
    ({ pattern }) => unknownNames(pattern).length > 0 && `pattern may have ${withBraces(NAMES)} in braces, not ${withBraces(unknownNames(pattern))}`,
    ({ pattern }) => new Set(namesIn(pattern)).size < namesIn(pattern).length && "pattern has the same name in braces twice",
    ({ pattern }) => isVariable(segmentsOf(pattern)[0] ?? "") && "pattern must begin with a segment that has no braces",
    ({ pattern }) => segmentsOf(pattern)[0] === segmentsOf(PRESENCE_NODE)[0] && `pattern is of the service's own nodes: ${PRESENCE_NODE}`,
  ],
  subscribers: [
    (family) => family.subscribers === "owner" && !has(family, "user") && "subscribers is owner, and the pattern has no {user}",
    (family) => family.subscribers === "team" && !has(family, "team") && "subscribers is team, and the pattern has no {team}",
    (family) => family.pattern === SYSTEM_NODE && family.subscribers !== "anyone" && `subscribers of ${SYSTEM_NODE} must be anyone`,
  ],
  automatic: [
    (family) => family.automatic && (has(family, "team") || has(family, "id")) && "automatic needs a pattern with {user} or without braces",
    ({ automatic, subscribers }) =>
      automatic && !["owner", "anyone"].includes(subscribers) && `automatic needs the subscribers owner or anyone, not ${subscribers}`,
    ({ automatic, pattern }) => !automatic && pattern === SYSTEM_NODE && `automatic of ${SYSTEM_NODE} must be true`,
  ],
  host: [
    ({ host, pattern }) => host === "broadcast" && namesIn(pattern).length > 0 && "host is broadcast, which needs a pattern without braces",
    ({ host, subscribers }) => host === "broadcast" && subscribers !== "anyone" && `host is broadcast, which needs the subscribers anyone, not ${subscribers}`,
    ({ host, pattern }) => host !== "broadcast" && pattern === SYSTEM_NODE && `host of ${SYSTEM_NODE} must be broadcast`,
  ],
  coalesceMs: [({ coalesceMs, pattern }) => coalesceMs !== undefined && pattern === SYSTEM_NODE && `coalesceMs of ${SYSTEM_NODE} must be 0`],
};

/** Notes what is wrong with a family, by itself and beside those before it. */
export function checkFamily({ family, lineOf }: LocatedFamily, earlier: readonly LocatedFamily[], noted: Noted): void {
  for (const [key, rules] of Object.entries(RULES)) {
    const what = rules.map((rule) => rule(family)).find((each) => each !== false);
    if (what) noted.push({ line: lineOf(key), what });
  }
  const namesake = earlier.find((other) => other.family.name === family.name);
  if (namesake) noted.push({ line: lineOf("name"), what: `name "${family.name}" is also that of line ${namesake.lineOf("name")}` });
  const rival = earlier.find((other) => overlap(other.family.pattern, family.pattern));
  if (rival)
    noted.push({
      line: lineOf("pattern"),
      what: `pattern "${family.pattern}" matches what "${rival.family.pattern}" of line ${rival.lineOf("pattern")} matches`,
    });
}

function isOwnName({ name }: Family): string | false {
  return OWN_NAMES.includes(name) && `name "${name}" is one of the service's own families`;
}

function unknownNames(pattern: string): string[] {
  return namesIn(pattern).filter((name) => !NAMES.includes(name));
}

/** Braces stand round a whole segment. */
function hasStrayBraces({ pattern }: Family): string | false {
  const stray = segmentsOf(pattern).find((segment) => /[{}]/.test(segment) && !/^\{[^{}]*\}$/.test(segment));
  return stray !== undefined && `pattern must have braces round whole segments, not "${stray}"`;
}

/** Is there a path that both match? */
function overlap(one: string, other: string): boolean {
  const [ones, others] = [segmentsOf(one), segmentsOf(other)];
  return ones.length === others.length && ones.every((segment, at) => segment === others[at] || isVariable(segment) || isVariable(others[at] ?? ""));
}
