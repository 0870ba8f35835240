/**
 * What `wrangler.toml` says of the Worker, read by wrangler itself, so that names, classes and the compatibility date
 * stand in one place.
 *
 * Runs wrangler in a process of its own: it is large, and needed for a moment only.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { ROOT } from "./options.ts";

export interface Deployment {
  readonly name: string;
  /** Absolute path of the entry module. */
  readonly main: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  /** Binding → class. */
  readonly objects: Readonly<Record<string, string>>;
}

const READ = `
  import { unstable_readConfig as readConfig } from "wrangler";
  const { name, main, compatibility_date, compatibility_flags, durable_objects } = readConfig({ config: "wrangler.toml" });
  const objects = Object.fromEntries(durable_objects.bindings.map((of) => [of.name, of.class_name]));
  process.stdout.write(JSON.stringify({ name, main, compatibilityDate: compatibility_date, compatibilityFlags: compatibility_flags, objects }));
`;

/** @throws what wrangler finds wrong with the file */
export async function readDeployment(): Promise<Deployment> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", READ], { cwd: ROOT });
  return JSON.parse(stdout) as Deployment;
}
