/**
 * The tokens of a demo: those of the environment, else random ones that are made once and kept beside the rows.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Problem } from "../start/problem.ts";

export interface Tokens {
  readonly adminToken: string;
  readonly publishToken: string;
  /** Where those that were not given are stored; null: both were given. */
  readonly file: string | null;
  readonly given: { readonly admin: boolean; readonly publish: boolean };
}

interface Stored {
  readonly adminToken: string;
  readonly publishToken: string;
}

/** Completes what the environment gives. The file is for its owner alone. */
export function takeTokens(folder: string, given: { readonly ADMIN_TOKEN?: string; readonly PUBLISH_TOKEN?: string }): Tokens {
  const { ADMIN_TOKEN, PUBLISH_TOKEN } = given;
  const which = { admin: ADMIN_TOKEN !== undefined, publish: PUBLISH_TOKEN !== undefined };
  if (ADMIN_TOKEN !== undefined && PUBLISH_TOKEN !== undefined) return { adminToken: ADMIN_TOKEN, publishToken: PUBLISH_TOKEN, file: null, given: which };
  const file = join(folder, "tokens.json");
  const stored = existsSync(file) ? read(file) : create(file);
  const tokens = { adminToken: ADMIN_TOKEN ?? stored.adminToken, publishToken: PUBLISH_TOKEN ?? stored.publishToken };
  if (tokens.adminToken === tokens.publishToken)
    throw new Problem(`ADMIN_TOKEN and PUBLISH_TOKEN must differ, and one is the same as in ${file}. Set another.`);
  return { ...tokens, file, given: which };
}

function create(file: string): Stored {
  const stored = { adminToken: randomBytes(24).toString("base64url"), publishToken: randomBytes(24).toString("base64url") };
  // Under its own name only once it is whole.
  writeFileSync(`${file}.new`, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
  return stored;
}

function read(file: string): Stored {
  try {
    chmodSync(file, 0o600);
    const { adminToken, publishToken } = JSON.parse(readFileSync(file, "utf8")) as Partial<Stored>;
    if (isToken(adminToken) && isToken(publishToken)) return { adminToken, publishToken };
  } catch {
    // said below
  }
  throw new Problem(`${file} does not hold two tokens any more. Delete it; the next start makes new ones.`);
}

/** What can stand in an Authorization header. */
function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}
