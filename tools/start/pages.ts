/**
 * The built pages in `dist/web`: made when they are missing or older than what they are made of, and a Worker of their own
 * that serves them, as Cloudflare's static assets do.
 *
 * Our Worker asks that one through its binding. Were the files bound to ours, each request would go round by Miniflare's router.
 *
 * @module
 */

import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./options.ts";

const BUILT = join(ROOT, "dist/web");
/** What the pages are made of. */
const SOURCES = ["web", "client", "explain", "xmpp", "docs/faults", "package-lock.json"].map((path) => join(ROOT, path)).filter(existsSync);

/** Builds the pages if need be, and says so. Answers their folder. */
export async function freshPages(): Promise<string> {
  if (isFresh()) return BUILT;
  const began = performance.now();
  console.log("Building the pages (web/ has changed)…");
  await buildPages();
  console.log(`Built the pages in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  return BUILT;
}

/** Builds beside the folder, then puts it in its place: nobody meets half of it. */
export async function buildPages(): Promise<void> {
  const { build } = await import("vite");
  const folder = join(ROOT, `dist/.web-${process.pid}`);
  try {
    await build({ configFile: join(ROOT, "web/vite.config.ts"), logLevel: "warn", build: { outDir: folder } });
    rmSync(BUILT, { recursive: true, force: true });
    renameSync(folder, BUILT);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Miniflare's options of the Worker that has the files and nothing else. */
export function pagesWorker(directory: string) {
  return {
    name: "pages",
    modules: true as const,
    script: "export default {}",
    compatibilityDate: "2026-10-23",
    assets: { directory, binding: "ASSETS", assetConfig: { html_handling: "none" as const, not_found_handling: "none" as const } },
  };
}

function isFresh(): boolean {
  const index = join(BUILT, "index.html");
  if (!existsSync(index)) return false;
  const built = statSync(index).mtimeMs;
  return SOURCES.every((source) => newestIn(source) <= built);
}

function newestIn(path: string): number {
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  return Math.max(...readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => statSync(join(path, name)).mtimeMs));
}
