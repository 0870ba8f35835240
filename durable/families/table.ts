/**
 * The operator's table of families, read from JSON (docs/families.md). A table with a mistake is none: each mistake is told
 * with its line.
 *
 * @module
 */

import { type Family, MOST_PAYLOAD, namesIn, withSystemNode } from "../../xmpp/mod.ts";
import { flag, type Noted, noneOrWhole, object, oneOf, type Read, type ReadAs, text, whole } from "./fields.ts";
import { type Located, type Mistake, parseLocated } from "./located_json.ts";
import { checkFamily, type LocatedFamily } from "./rules.ts";

/** Who may create nodes beside the families': publishers and administrators, or every user. */
export type Creators = "publishers" | "users";

export interface FamilyTable {
  readonly families: readonly Family[];
  /** Absent: the table does not say. */
  readonly creators?: Creators;
}

export const MOST_FAMILIES = 200;
/** Items of a stored log: all of them are in memory while the node is. */
export const MOST_STORED = 1000;
/** Milliseconds. */
export const LEAST_COALESCING = 50;
export const MOST_COALESCING = 60_000;

const MOST_TOLD = 20;
const STANDARD_LENGTH = 256;

/** A table that cannot be used. The message has a line of text for each mistake: `families.json:12: …`. */
export class WrongTable extends RangeError {
  override readonly name = "WrongTable";
}

export interface TableSource {
  readonly text: string;
  /** What mistakes are told to be in: the variable or the file. */
  readonly source: string;
  /** Items that a memory log may have: the setting MEMORY_LOG. */
  readonly memoryLog: number;
}

/**
 * Reads a table: an array of families, or an object of `creators` and `families`.
 *
 * @throws {WrongTable} tells every mistake with its line
 */
export function readTable({ text: json, source, memoryLog }: TableSource): FamilyTable {
  const noted: Noted = [];
  const table = tableOf(json, memoryLog, noted);
  if (table && noted.length === 0) return table;
  throw new WrongTable(told(noted, source));
}

function told(noted: readonly Mistake[], source: string): string {
  const lines = noted.toSorted((a, b) => a.line - b.line).map(({ line, what }) => `${source}:${line}: ${what}`);
  const rest = lines.length - MOST_TOLD;
  return [...lines.slice(0, MOST_TOLD), ...(rest > 0 ? [`${source}: and ${rest} more`] : [])].join("\n");
}

function tableOf(json: string, memoryLog: number, noted: Noted): FamilyTable | undefined {
  const parsed = parseLocated(json);
  if ("mistake" in parsed) {
    noted.push(parsed.mistake);
    return undefined;
  }
  const { root } = parsed;
  if (root.kind === "array") {
    const families = familiesOf(root, memoryLog, noted);
    return families && { families };
  }
  const read = object({
    creators: { read: oneOf(["publishers", "users"]) },
    families: { read: (given: Located) => familiesOf(given, memoryLog, noted), required: true },
  });
  return read(root, "", noted);
}

function familiesOf(given: Located, memoryLog: number, noted: Noted): readonly Family[] | undefined {
  if (given.kind !== "array" || given.items.length === 0 || given.items.length > MOST_FAMILIES) {
    noted.push({ line: given.line, what: `families must be an array of 1 to ${MOST_FAMILIES} families` });
    return undefined;
  }
  const read = object(fieldsOf(memoryLog));
  const families: LocatedFamily[] = [];
  for (const item of given.items) {
    const values = read(item, "", noted);
    if (!values) continue;
    const family = { family: familyOf(values), lineOf: (key: string) => lineOf(item, key) };
    checkFamily(family, families, noted);
    families.push(family);
  }
  return withSystemNode(families.map(({ family }) => family));
}

function fieldsOf(memoryLog: number) {
  return {
    name: { read: text(64), required: true },
    pattern: { read: text(1023), required: true },
    subscribers: { read: oneOf(["owner", "team", "anyone", "publishers"]), required: true },
    automatic: { read: flag },
    log: { read: logOf(memoryLog) },
    host: { read: oneOf(["own", "shared", "broadcast"]) },
    coalesceMs: { read: noneOrWhole(LEAST_COALESCING, MOST_COALESCING) },
    config: { read: object(CONFIG) },
  } as const;
}

/** Named as XEP-0060 §16.4.4 does, without `pubsub#`. */
const CONFIG = {
  title: { read: text(1000) },
  description: { read: text(1000) },
  language: { read: text(35) },
  type: { read: text(1000) },
  notification_type: { read: oneOf(["normal", "headline"]) },
  max_payload_size: { read: whole(1, MOST_PAYLOAD) },
} as const;

function logOf(memoryLog: number): Read<Family["log"]> {
  const read = object({
    class: { read: oneOf(["memory", "stored"]), required: true },
    length: { read: whole(1, MOST_STORED), required: true },
    position: { read: oneOf(["memory", "stored"]) },
  });
  return (given, path, noted) => {
    const log = read(given, path, noted);
    if (!log) return undefined;
    const { position, ...rest } = log;
    const wrong = (key: string, what: string): undefined => void noted.push({ line: lineOf(given, key), what: `${path}.${key} ${what}` });
    if (log.class === "stored") return position === "memory" ? wrong("position", "cannot be memory where the items are stored") : rest;
    if (log.length > memoryLog) return wrong("length", `must be at most ${memoryLog} in memory (MEMORY_LOG), not ${log.length}`);
    return { ...rest, ...(position === "stored" && { position }) };
  };
}

function familyOf({ coalesceMs = 0, config, ...given }: ReadAs<ReturnType<typeof fieldsOf>>): Family {
  return {
    automatic: false,
    log: { class: "memory", length: STANDARD_LENGTH },
    host: namesIn(given.pattern).includes("user") ? "shared" : "own",
    ...given,
    ...(coalesceMs > 0 && { coalesceMs }),
    ...(config && { config: configOf(config) }),
  };
}

function configOf({ notification_type: notificationType, max_payload_size: maxPayloadSize, ...texts }: ReadAs<typeof CONFIG>): NonNullable<Family["config"]> {
  return { ...texts, ...(notificationType && { notificationType }), ...(maxPayloadSize && { maxPayloadSize }) };
}

/** The line of a key; of the object where it has no such key. */
function lineOf(given: Located, key: string): number {
  const member = given.kind === "object" ? given.members.find((each) => each.key === key) : undefined;
  return member?.line ?? given.line;
}
