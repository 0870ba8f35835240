/**
 * The Worker as one module, in the way wrangler builds it for a deployment.
 *
 * @module
 */

import { build, stop } from "esbuild";

import { ROOT } from "./options.ts";

/** Bundles the entry module and all it imports, save what workerd itself brings. */
export async function bundle(entry: string): Promise<string> {
  const built = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  await stop();
  const [module] = built.outputFiles;
  if (!module) throw new Error(`esbuild made nothing of ${entry}`);
  return module.text;
}
