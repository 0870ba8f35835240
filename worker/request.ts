/**
 * What every handler of the door reads of a request: its id, its domain, its path, its body.
 *
 * @module
 */

import type { Context } from "hono";
import type { Env } from "../durable/contract.ts";
import { prepareDomain } from "../xmpp/mod.ts";
import { Problem } from "./problem.ts";
import { doorSettings } from "./settings.ts";

/** The Hono context of the door. */
export type DoorContext = Context<DoorTypes>;

/** What Hono is told of the door: `cors` are headers that let the page of the request read its answer. */
export interface DoorTypes {
  Bindings: Env;
  Variables: { requestId: string; cors?: Readonly<Record<string, string>> };
}

/** Bytes of a body, imports excepted. */
export const MAX_BODY = 1_048_576;

/** The request's id: the client's own where it is fit to be echoed and logged, else a new one. */
export function requestIdOf(given: string | null): string {
  return given !== null && /^[\x21-\x7e]{1,128}$/.test(given) ? given : crypto.randomUUID();
}

/** The domain a request is about: `?domain=`, else the first. */
export function domainOf(c: DoorContext): string {
  const { domains } = doorSettings(c.env);
  const given = c.req.query("domain");
  if (given === undefined) return domains[0] as string;
  const name = prepareDomain(given);
  if (name === undefined || !domains.includes(name)) throw new Problem("domain-not-found", { detail: `Served are: ${domains.join(", ")}` });
  return name;
}

/** Path of a request as it came: nothing decoded, so that `%2F` does not split. */
export function rawPath(request: Request): string {
  const { url } = request;
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.slice(start).search(/[?#]/);
  return end === -1 ? url.slice(start) : url.slice(start, start + end);
}

/** Decodes a part of a path, once. */
export function decodePath(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new Problem("invalid-path", { detail: "Path holds an incomplete or wrong percent-encoding" });
  }
}

/** The last segment of a path, decoded. */
export function lastSegment(c: DoorContext): string {
  const path = rawPath(c.req.raw);
  return decodePath(path.slice(path.lastIndexOf("/") + 1));
}

/** The media type of a body, in lower case, its parameters left out. */
export function mediaType(c: DoorContext): string {
  return (c.req.header("Content-Type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Refuses a body of another type than these. */
export function requireType(c: DoorContext, ...types: readonly string[]): string {
  const given = mediaType(c);
  if (types.includes(given)) return given;
  throw new Problem("unsupported-media-type", { detail: `Taken are: ${types.join(", ")}`, headers: { Accept: types.join(", ") } });
}

/** Reads a body as text; nothing beyond the limit is read. */
export async function bodyText(c: DoorContext, limit: number = MAX_BODY): Promise<string> {
  const tooLarge = new Problem("payload-too-large", { detail: `At most ${limit} bytes` });
  if (Number(c.req.header("Content-Length") ?? 0) > limit) throw tooLarge;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let text = "";
  let size = 0;
  try {
    for await (const chunk of c.req.raw.body ?? []) {
      size += (chunk as Uint8Array).byteLength;
      if (size > limit) throw tooLarge;
      text += decoder.decode(chunk as Uint8Array, { stream: true });
    }
    return text + decoder.decode();
  } catch (fault) {
    throw fault instanceof TypeError ? new Problem("invalid-encoding") : fault;
  }
}

/** Reads a JSON body. */
export async function bodyJson(c: DoorContext): Promise<unknown> {
  requireType(c, "application/json");
  const text = await bodyText(c);
  if (text.trim() === "") throw new Problem("empty-body");
  try {
    return JSON.parse(text);
  } catch (fault) {
    throw new Problem("malformed-json", { detail: (fault as Error).message });
  }
}
