/**
 * Settings of the door: what the outside calls it, who may publish, whose pages may open a socket.
 *
 * @module
 */

import type { Env } from "../durable/contract.ts";
import { type Settings, settingsOf } from "../durable/settings.ts";

export interface DoorSettings extends Settings {
  /** Origin by which the outside knows the server; null: as each request calls it. */
  readonly publicOrigin: string | null;
  /** Null: no such token, so what it opens stays shut. */
  readonly adminToken: string | null;
  readonly publishToken: string | null;
  /** Further origins whose pages may open a socket; `*`: any. */
  readonly origins: readonly string[] | "*";
  /** Who may put our pages into a frame, as `frame-ancestors` says it (CSP 3 §6.4.2). */
  readonly frameAncestors: string;
}

const cache = new WeakMap<object, DoorSettings>();

/**
 * Reads the settings of an environment, once per environment.
 *
 * @throws {RangeError} names the variable that is wrong and what it may be, and never a token
 */
export function doorSettings(env: Env): DoorSettings {
  const known = cache.get(env);
  if (known) return known;
  const adminToken = tokenOf(env, "ADMIN_TOKEN");
  const publishToken = tokenOf(env, "PUBLISH_TOKEN");
  if (adminToken !== null && adminToken === publishToken) throw new RangeError("ADMIN_TOKEN and PUBLISH_TOKEN must differ");
  const settings = {
    ...settingsOf(env),
    publicOrigin: publicOriginOf(env),
    adminToken,
    publishToken,
    origins: originsOf(env),
    frameAncestors: frameAncestorsOf(env),
  };
  cache.set(env, settings);
  return settings;
}

function textOf(env: Env, name: string): string | null {
  const given = env[name];
  if (given === undefined || given === null || given === "") return null;
  if (typeof given !== "string") throw new RangeError(`${name} must be a text`);
  return given;
}

function tokenOf(env: Env, name: "ADMIN_TOKEN" | "PUBLISH_TOKEN"): string | null {
  const given = textOf(env, name);
  // Anything else could not stand in an Authorization header (RFC 6750 §2.1).
  if (given !== null && !/^[\x21-\x7e]+$/.test(given)) throw new RangeError(`${name} must be visible ASCII without spaces`);
  return given;
}

function publicOriginOf(env: Env): string | null {
  const given = textOf(env, "PUBLIC_URL");
  if (given === null) return null;
  const origin = originOf(given);
  if (origin === undefined) throw new RangeError(`PUBLIC_URL must be like "https://desk.example.com", without a path: "${given}"`);
  return origin;
}

function originsOf(env: Env): readonly string[] | "*" {
  const names = (textOf(env, "ALLOWED_ORIGINS") ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  if (names.includes("*")) return "*";
  return names.map((name) => {
    const origin = originOf(name);
    if (origin === undefined) throw new RangeError(`ALLOWED_ORIGINS must be origins like "https://desk.example.com", or *: "${name}"`);
    return origin;
  });
}

/** `none`, `self` and origins, with or without the quotes of the header. */
function frameAncestorsOf(env: Env): string {
  const names = (textOf(env, "FRAME_ANCESTORS") ?? "none").split(/[\s,]+/).filter(Boolean);
  const sources = names.map((name) => {
    const word = name.replaceAll("'", "").toLowerCase();
    const source = word === "self" || (word === "none" && names.length === 1) ? `'${word}'` : originOf(name);
    if (source === undefined) throw new RangeError(`FRAME_ANCESTORS must be none, self, or origins like "https://desk.example.com": "${name}"`);
    return source;
  });
  return sources.length > 0 ? sources.join(" ") : "'none'";
}

/** The origin that a text names, a slash at its end forgiven; undefined if it names more or something else. */
export function originOf(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { origin, href } = new URL(text);
  return href === `${origin}/` ? origin : undefined;
}
