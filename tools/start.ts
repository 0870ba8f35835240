/**
 * `npm start`: Deskwire on this machine, on workerd itself, with rows on disk and without an account anywhere.
 *
 * Settings come from the environment: HOST, PORT, DATA_DIR, XMPP_DOMAIN, PUBLIC_URL, ADMIN_TOKEN, PUBLISH_TOKEN and
 * every name of `durable/settings.ts`.
 *
 * @module
 */

import { domainsOf } from "../durable/settings.ts";
import { takeDataDir } from "./start/data_dir.ts";
import { guardChildren, untilToldToEnd } from "./start/lifetime.ts";
import { agentsCarried, type Limit, openFileLimit, runAgainWithMoreFiles } from "./start/open_files.ts";
import { isEverywhere, type Options, readOptions, urlOf } from "./start/options.ts";
import { Problem } from "./start/problem.ts";

try {
  const options = readOptions(process.argv.slice(2), process.env);
  const limit = openFileLimit();
  const again = runAgainWithMoreFiles(limit);
  if (again) process.exitCode = await again;
  else await serve(options, limit);
} catch (fault) {
  console.error(explained(fault));
  process.exit(1);
}

async function serve(options: Options, limit: Limit | undefined): Promise<void> {
  const [{ runWorker }, { freePort }] = await Promise.all([import("./start/runtime.ts"), import("./start/free_port.ts")]);
  const port = await freePort(options.host, options.port);
  const giveBack = takeDataDir(options.dataDir);
  process.on("exit", giveBack);
  const url = urlOf(options.host, port);
  const variables = { ...(!isEverywhere(options.host) && { PUBLIC_URL: url }), ...options.variables, ...(limit && { OPEN_FILES: String(limit.soft) }) };

  const starting = runWorker({ host: options.host, port, dataDir: options.dataDir, variables });
  untilToldToEnd(async () => {
    await starting.then((runtime) => runtime.dispose()).catch(() => {});
    process.exit(0);
  });
  await starting;
  guardChildren();
  await fetch(`${urlOf(options.host, port)}/livez`).then((answer) => answer.text()); // the first request compiles
  announce(options, { url, limit });
}

function announce(options: Options, { url, limit }: { url: string; limit: Limit | undefined }): void {
  for (const warning of options.warnings) console.error(warning);
  if (options.demo) console.log("The demo comes in the next version; this is the server alone (--no-demo says so).");
  if (limit) console.log(`Open files: ${limit.soft}, enough for ${agentsCarried(limit.soft)} agents awake at once.`);
  const domains = domainsOf(options.variables);
  console.log(`Deskwire listens on ${url} (XMPP ${domains.length > 1 ? "domains" : "domain"} ${domains.join(", ")})`);
}

function explained(fault: unknown): string {
  if (fault instanceof Problem) return fault.message;
  if (fault instanceof Error && "code" in fault && fault.code === "ERR_MODULE_NOT_FOUND" && / package /.test(fault.message)) {
    return "The packages are not installed. Run `npm ci` once, then try again.";
  }
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
}
