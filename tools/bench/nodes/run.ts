/**
 * Two nodes side by side in workerd, a small one and a big one, asked the same in turns; CPU time is the process's own.
 *
 * @module
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { bundle } from "../../start/bundle.ts";
import type { Deployment } from "../../start/deployment.ts";
import { ServerProcess } from "../server_process.ts";
import { DOMAIN, REQUESTS } from "./requests.ts";
import type { Rows } from "./worker.ts";

export interface Measured {
  readonly name: string;
  /** Of one request, small node and big one: microseconds of CPU time, and rows. */
  readonly micros: readonly [number, number];
  readonly rows: readonly [Rows, Rows];
}

export interface NodesBench {
  readonly sizes: readonly [number, number];
  readonly times: number;
  readonly rounds: number;
}

/** The first requests of a host that was asleep: it reads what it needs of the rows. */
export const COLD = ["describe (disco#info)", "items by id", "publish, the same id"] as const;

/** Runs all of it. `say`: what is being done. */
export async function measureNodes(bench: NodesBench, deployment: Deployment, say: (what: string) => void): Promise<{ warm: Measured[]; cold: Measured[] }> {
  const folder = mkdtempSync(join(tmpdir(), "deskwire-nodes-"));
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      ...{ host: "127.0.0.1", port: 0, cf: false, logRequests: false, resourcePersistencePath: folder },
      name: deployment.name,
      modules: true,
      script: await bundle("tools/bench/nodes/worker.ts"),
      compatibilityDate: deployment.compatibilityDate,
      compatibilityFlags: [...deployment.compatibilityFlags],
      bindings: { XMPP_DOMAIN: DOMAIN },
      durableObjects: Object.fromEntries(
        Object.entries(deployment.objects).map(([name, className]) => [
          name,
          { className: className === "NodeHost" ? "BenchHost" : className, useSQLite: true },
        ]),
      ),
    }),
  );
  try {
    await runtime.ready;
    return await measured(bench, new Nodes(runtime), say);
  } finally {
    await runtime.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measured({ sizes, times, rounds }: NodesBench, nodes: Nodes, say: (what: string) => void) {
  for (const size of sizes) {
    say(`A node with ${size} subscriptions and ${size} items …`);
    await nodes.ask(size, "fill", {});
  }
  const warm = new Map<string, Best>();
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? "Warming up …" : `Round ${round} of ${rounds} …`);
    for (const name of Object.keys(REQUESTS)) {
      const best = warm.get(name) ?? new Best();
      if (round > 0) warm.set(name, best);
      for (const [at, size] of sizes.entries()) best.take(at, await nodes.timed(size, { name, from: round * times, times }), times);
    }
  }
  const cold = new Map<string, Best>();
  for (const name of COLD) {
    say(`After a sleep: ${name} …`);
    const best = new Best();
    cold.set(name, best);
    for (let round = 0; round < rounds; round++) {
      for (const [at, size] of sizes.entries()) {
        await nodes.ask(size, "forget", {});
        best.take(at, await nodes.timed(size, { name, from: round, times: 1 }), 1);
      }
    }
  }
  const listed = (of: Map<string, Best>) => [...of].filter(([name]) => !name.startsWith("-")).map(([name, best]) => ({ name, ...best.measured }));
  return { warm: listed(warm), cold: listed(cold) };
}

/** The least of several: what is left out is the machine's other work, and the collector's. */
class Best {
  readonly #micros = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  readonly #rows: Rows[] = [];

  take(at: number, { micros, rows }: { readonly micros: number; readonly rows: Rows }, times: number): void {
    this.#micros[at] = Math.min(this.#micros[at] as number, micros / times);
    this.#rows[at] = { read: rows.read / times, written: rows.written / times };
  }

  get measured(): Pick<Measured, "micros" | "rows"> {
    return { micros: this.#micros as unknown as Measured["micros"], rows: this.#rows as unknown as Measured["rows"] };
  }
}

class Nodes {
  readonly #runtime: Miniflare;
  readonly #server = new ServerProcess(process.pid);

  constructor(runtime: Miniflare) {
    this.#runtime = runtime;
  }

  async ask(size: number, does: string, of: object): Promise<Rows> {
    const node = `node-of-${size}`;
    const body = JSON.stringify({ host: `${DOMAIN}/own/${node}`, does, node, size, ...of });
    const response = await this.#runtime.dispatchFetch("http://bench.test/", { method: "POST", body });
    if (!response.ok) throw new Error(`${does} ${JSON.stringify(of)}: ${await response.text()}`);
    return (await response.json()) as Rows;
  }

  async timed(size: number, of: { readonly name: string; readonly from: number; readonly times: number }): Promise<{ micros: number; rows: Rows }> {
    const before = cpuMicros(this.#server);
    const rows = await this.ask(size, "batch", of);
    return { micros: cpuMicros(this.#server) - before, rows };
  }
}

/** CPU time of workerd's threads, to the nanosecond where the kernel tells it. */
function cpuMicros(server: ServerProcess): number {
  return server.children().reduce((sum, pid) => sum + threadsOf(pid), 0);
}

function threadsOf(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1000, 0);
  } catch {
    return 0; // it ended meanwhile
  }
}
