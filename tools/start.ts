/**
 * `npm start`: Deskwire on this machine, on workerd itself, with rows on disk; with a demo contact centre, or with
 * `--no-demo` the server alone. `--remove-demo` takes the demo's accounts away.
 *
 * Settings come from the environment: HOST, PORT, DATA_DIR, XMPP_DOMAIN, PUBLIC_URL, ADMIN_TOKEN, PUBLISH_TOKEN and
 * every name of `durable/settings.ts`.
 *
 * @module
 */

import type { Miniflare } from "miniflare";

import { domainsOf } from "../durable/settings.ts";
import { refuseBeyondLoopback } from "./demo/loopback.ts";
import { takeDataDir } from "./start/data_dir.ts";
import { readDeployment } from "./start/deployment.ts";
import { freePort } from "./start/free_port.ts";
import { guardChildren, listenForTheEnd, untilToldToEnd } from "./start/lifetime.ts";
import { agentsCarried, type Limit, openFileLimit, runAgainWithMoreFiles } from "./start/open_files.ts";
import { isEverywhere, type Options, readOptions, urlOf } from "./start/options.ts";
import { Problem } from "./start/problem.ts";
import type { Asked } from "./start/runtime.ts";

/** By then the rows are written and workerd has ended; if not, the guard ends it. */
const END_MS = 1200;

/** What fails from then on fails because the server is gone. */
let isEnding = false;

// Told to end before there is anything to end.
listenForTheEnd();

try {
  const options = readOptions(process.argv.slice(2), process.env);
  const limit = openFileLimit();
  const again = runAgainWithMoreFiles(limit);
  if (again) process.exitCode = await again;
  else if (options.removeDemo) await removeOnly(options);
  else await serve(options, limit);
} catch (fault) {
  if (!isEnding) {
    console.error(explained(fault));
    process.exit(1);
  }
}

async function serve(options: Options, limit: Limit | undefined): Promise<void> {
  refuseBeyondLoopback(options);
  const { host, dataDir } = options;
  const port = await freePort(host, options.port);
  process.on("exit", takeDataDir(dataDir));
  const url = urlOf(host, port);
  const { prepareDemo, seedDemo, playDemo } = await import("./demo/demo.ts");
  const demo = options.demo ? prepareDemo(options) : undefined;
  const lab = demo ? await (await import("./demo/lab.ts")).openLab({ host, port, origin: url, domain: demo.domain, token: demo.tokens.publishToken }) : {};
  const settings = {
    ...(!isEverywhere(host) && { PUBLIC_URL: url }),
    ...options.variables,
    ...(limit && { OPEN_FILES: String(Math.min(limit.soft, Number(process.env.OPEN_FILES) || limit.soft)) }),
  };

  await launch({ host, port, dataDir, variables: { ...settings, ...demo?.variables, ...lab } });
  if (demo) await seedDemo(demo, url);
  announce(options, { url, limit });
  if (demo) await playDemo(demo, url);
}

/** Takes the demo's accounts away by a server that nobody else knows of. */
async function removeOnly({ dataDir, variables }: Options): Promise<void> {
  const { removeDemo } = await import("./demo/demo.ts");
  await removeDemo({ dataDir, variables }, async (given, work) => {
    const asked = { host: "127.0.0.1", port: await freePort("127.0.0.1", 0), dataDir, variables: given };
    process.on("exit", takeDataDir(dataDir));
    const runtime = await launch(asked);
    await work(urlOf(asked.host, asked.port));
    await runtime.dispose();
  });
  process.exit(0);
}

/** Runs workerd until this process is told to end; answers when the Worker does. */
async function launch(asked: Asked): Promise<Miniflare> {
  const starting = run(asked);
  untilToldToEnd(async () => {
    isEnding = true;
    setTimeout(() => process.exit(0), END_MS);
    await starting.then((runtime) => runtime.dispose()).catch(() => {});
    process.exit(0);
  });
  const runtime = await starting;
  guardChildren();
  await fetch(`${urlOf(asked.host, asked.port)}/livez`).then((answer) => answer.text()); // the first request compiles
  return runtime;
}

/** Loads Miniflare while wrangler reads the configuration: each takes its time. */
async function run(asked: Asked): Promise<Miniflare> {
  const [{ runWorker }, deployment] = await Promise.all([import("./start/runtime.ts"), readDeployment()]);
  return await runWorker(asked, deployment);
}

function announce(options: Options, { url, limit }: { url: string; limit: Limit | undefined }): void {
  for (const warning of options.warnings) console.error(warning);
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
