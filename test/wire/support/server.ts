/**
 * A whole server for wire tests: `npm start`'s or wrangler's, on a free port, with rows in a folder of its own.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { QUIET } from "../../../tools/quiet.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const READY_MS = 40_000;
const END_MS = 10_000;

export interface Server {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** `ws://127.0.0.1:port/ws/` */
  readonly socketUrl: string;
  /** All that was printed so far. */
  output(): string;
  readonly pid: number;
  /** Ends the server by its process id and takes its rows away; answers the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export type Variables = Readonly<Record<string, string>>;

export const DOMAIN = "cc1.acme.test";

/** What every server of the wire tests is told, unless a test says otherwise. */
const VARIABLES = { XMPP_DOMAIN: `${DOMAIN},other.test`, ADMIN_TOKEN: "admin-secret", PUBLISH_TOKEN: "publish-secret" };

/** The servers under test: each test runs against both. */
export const SERVERS = [
  { name: "npm start", start: startServer },
  { name: "wrangler dev", start: startWrangler },
] as const;

/** Runs `tools/start.ts`, as `npm start` does. A DATA_DIR among the variables is kept afterwards. */
export async function startServer(variables: Variables = {}): Promise<Server> {
  const folder = variables.DATA_DIR === undefined ? await mkdtemp(join(tmpdir(), "deskwire-wire-")) : null;
  const environment = { ...VARIABLES, HOST: "127.0.0.1", PORT: "0", ...(folder && { DATA_DIR: folder }), ...variables };
  return await ready(run(["tools/start.ts", "--no-demo"], environment), { folder, line: /Deskwire listens on (http:\S+)/ });
}

/** Runs `wrangler dev`: the same Worker behind wrangler's proxies. */
export async function startWrangler(variables: Variables = {}): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "deskwire-wire-"));
  const given = Object.entries({ ...VARIABLES, ...variables }).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const port = String(await freePort());
  const options = ["--ip", "127.0.0.1", "--port", port, "--inspector-port", "0", "--persist-to", folder, "--show-interactive-dev-session=false", ...given];
  return await ready(run(["node_modules/wrangler/bin/wrangler.js", "dev", ...options], { ...QUIET }), { folder, line: /Ready on (http:\S+)/ });
}

function run(command: readonly string[], environment: Variables): ChildProcess {
  return spawn(process.execPath, command, { cwd: ROOT, env: { ...process.env, ...environment, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
}

async function ready(child: ChildProcess, { folder, line }: { folder: string | null; line: RegExp }): Promise<Server> {
  let output = "";
  const over = new Promise<number | null>((ended) => child.once("exit", (code) => ended(code)));
  const url = await new Promise<string>((found, failed) => {
    const late = setTimeout(() => failed(new Error(`The server was not ready in time:\n${output}`)), READY_MS);
    void over.then((code) => failed(new Error(`The server ended with ${code}:\n${output}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const announced = line.exec(output)?.[1];
        if (!announced) return;
        clearTimeout(late);
        found(announced);
      });
    }
  });
  return {
    url,
    socketUrl: `${url.replace("http:", "ws:")}/ws/`,
    output: () => output,
    pid: child.pid ?? 0,
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      const late = setTimeout(() => child.kill("SIGKILL"), END_MS);
      const code = await over;
      clearTimeout(late);
      if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      return code;
    },
  };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => found(port));
    });
  });
}
