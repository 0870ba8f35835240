/**
 * `npm run dev`: wrangler's development server, which reloads at every change. Arguments are wrangler's, and `--families`.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

import type { Env } from "../durable/contract.ts";
import { settingsOf } from "../durable/settings.ts";
import { QUIET } from "./quiet.ts";
import { problemOfSettings, takeFamiliesFile } from "./start/families_file.ts";
import { Problem } from "./start/problem.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const wrangler = fileURLToPath(new URL("../node_modules/wrangler/bin/wrangler.js", import.meta.url));

const child = spawn(process.execPath, [wrangler, "dev", ...argumentsOf(process.argv.slice(2))], {
  cwd: root,
  stdio: "inherit",
  env: { ...QUIET, ...process.env },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0);
});

/** Wrangler's arguments. A table of families that was given as a file goes to the Worker as its variable, if it is good. */
function argumentsOf(given: readonly string[]): readonly string[] {
  try {
    const { rest, file } = takeFamiliesFile(given, process.env, process.env.INIT_CWD ?? process.cwd());
    if (!file) return rest;
    try {
      settingsOf({ FAMILIES: file.text } as unknown as Env);
    } catch (wrong) {
      throw problemOfSettings(wrong, file) ?? wrong;
    }
    return [...rest, "--var", `FAMILIES:${file.text}`];
  } catch (fault) {
    if (!(fault instanceof Problem)) throw fault;
    console.error(fault.message);
    process.exit(1);
  }
}
