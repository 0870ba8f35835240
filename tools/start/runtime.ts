/**
 * workerd with the Worker in it, listening on the port itself: no proxy, no inspector, rows on disk.
 *
 * Miniflare writes workerd's configuration and holds the process; its own port stays on loopback, unused.
 *
 * @module
 */

import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { bundle } from "./bundle.ts";
import type { Deployment } from "./deployment.ts";
import { portTaken } from "./free_port.ts";
import { ownSignals } from "./lifetime.ts";
import { freshPages, pagesWorker } from "./pages.ts";

export interface Asked {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Runs until `dispose()`. */
export async function runWorker({ host, port, dataDir, variables }: Asked, deployment: Deployment): Promise<Miniflare> {
  const [script, pages] = await Promise.all([bundle(deployment.main), freshPages().then(pagesWorker)]);
  const options = convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    logRequests: false,
    resourcePersistencePath: dataDir,
    handleStructuredLogs: ({ message }) => console.error(message),
    unsafeHandleRuntimeRestart: () => console.error("workerd ended unexpectedly and was started again."),
    workers: [
      {
        name: deployment.name,
        modules: true,
        script,
        compatibilityDate: deployment.compatibilityDate,
        compatibilityFlags: [...deployment.compatibilityFlags],
        bindings: { ...variables },
        durableObjects: Object.fromEntries(Object.entries(deployment.objects).map(([name, className]) => [name, { className, useSQLite: true }])),
        unsafeDirectSockets: [{ host, port }],
        serviceBindings: { ASSETS: pages.name },
      },
      pages,
    ],
  });
  const runtime = new Miniflare(options);
  ownSignals();
  try {
    await runtime.ready;
  } catch (fault) {
    await runtime.dispose().catch(() => {});
    if (fault instanceof Error && "code" in fault && fault.code === "ERR_ADDRESS_IN_USE") throw portTaken(host, port);
    throw fault;
  }
  return runtime;
}
