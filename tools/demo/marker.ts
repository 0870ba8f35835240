/**
 * `demo.json` beside the rows: says that demo accounts are, or may be, among them. Written before the first account is
 * made and deleted after the last one is gone.
 *
 * @module
 */

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Problem } from "../start/problem.ts";

/** Domain → how far its accounts are. */
export type Marker = Readonly<Record<string, "seeding" | "seeded">>;

const fileIn = (folder: string): string => join(folder, "demo.json");

/** The marker; undefined: no demo account was ever made in this folder. */
export function readMarker(folder: string): Marker | undefined {
  let text: string;
  try {
    text = readFileSync(fileIn(folder), "utf8");
  } catch (fault) {
    if (["ENOENT", "ENOTDIR"].includes((fault as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw new Problem(`${fileIn(folder)} cannot be read: ${(fault as Error).message}`);
  }
  const marker = markerOf(text);
  if (marker) return marker;
  throw new Problem(`${fileIn(folder)} is damaged, so nobody knows which demo accounts are in this folder. Choose another one: DATA_DIR=… npm start`);
}

function markerOf(text: string): Marker | undefined {
  try {
    const { domains } = JSON.parse(text) as { domains?: unknown };
    if (typeof domains !== "object" || domains === null || Array.isArray(domains)) return undefined;
    const known = Object.values(domains).every((state) => state === "seeding" || state === "seeded");
    return known ? (domains as Marker) : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the marker whole, or leaves the old one. */
export function writeMarker(folder: string, domains: Marker): void {
  writeFileSync(`${fileIn(folder)}.new`, `${JSON.stringify({ domains }, null, 2)}\n`);
  renameSync(`${fileIn(folder)}.new`, fileIn(folder));
}

export function deleteMarker(folder: string): void {
  rmSync(fileIn(folder), { force: true });
}
