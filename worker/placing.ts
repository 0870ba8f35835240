/**
 * Which connection manager takes a new connection: the one function that decides it.
 *
 * Managers of a region are filled first to last, so that a publish has few of them to call.
 *
 * @module
 */

/** Where connections of a continent are held: a Durable Object location hint. */
export const HINTS: Readonly<Record<string, DurableObjectLocationHint>> = { NA: "enam", SA: "sam", EU: "weur", AS: "apac", OC: "oc", AF: "afr" };

/** The names of all regions. */
export const REGIONS: readonly string[] = ["local", ...Object.values(HINTS)];

/** Can a manager have this name? `<region>/<n>`, n below `managers` and written as a number is. */
export function isManager(name: string, managers: number): boolean {
  const [region = "", n = "", ...more] = name.split("/");
  return REGIONS.includes(region) && /^(0|[1-9]\d*)$/.test(n) && Number(n) < managers && more.length === 0;
}

/** A region of managers; without a hint their objects are born where they are first asked for. */
export interface Region {
  readonly name: string;
  readonly hint?: DurableObjectLocationHint;
}

/** The region of a continent's code, as the platform gives it; `local` where it gives none. */
export function regionOf(continent: unknown): Region {
  const hint = typeof continent === "string" && Object.hasOwn(HINTS, continent) ? HINTS[continent] : undefined;
  return hint ? { name: hint, hint } : { name: "local" };
}

/** Why no manager takes the connection. */
export type NoPlace = "no-capacity" | "sign-ins-busy" | "open-files";

/** What a manager says in `Deskwire-Refusal`, and what follows from it; `next`: ask the one after it. */
const REFUSALS: Readonly<Record<string, NoPlace | "next">> = { full: "next", busy: "sign-ins-busy", "open-files": "open-files" };

const HINT_MS = 5000;
/** The first manager of a region that was not full a moment ago; of this isolate, and only to save questions. */
const notFull = new Map<string, { readonly n: number; readonly until: number }>();

export interface Search {
  readonly region: Region;
  readonly managers: number;
  readonly now: number;
  /** Asks the manager of that name. */
  ask(name: string): Promise<Response>;
}

/** Asks the managers of a region until one takes the connection: its answer, or why there is none. */
export async function place({ region, managers, now, ask }: Search): Promise<Response | NoPlace> {
  const hint = notFull.get(region.name);
  const start = hint && hint.until > now && hint.n < managers ? hint.n : 0;
  for (let n = start; n < managers; n++) {
    const answer = await ask(`${region.name}/${n}`);
    const refusal = answer.status === 503 ? REFUSALS[answer.headers.get("Deskwire-Refusal") ?? ""] : undefined;
    // The hint lives from when it was found: a manager before it may have room again.
    if (refusal !== "next" && (n !== start || !hint || hint.until <= now)) notFull.set(region.name, { n, until: now + HINT_MS });
    if (refusal === undefined) return answer;
    await answer.body?.cancel();
    if (refusal !== "next") return refusal;
  }
  notFull.delete(region.name);
  return "no-capacity";
}

/** Forgets the hints, for tests. */
export function forgetHints(): void {
  notFull.clear();
}
