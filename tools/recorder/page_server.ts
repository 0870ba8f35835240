/**
 * Serves the page of the scenarios, bundled once.
 *
 * @module
 */

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const XMPP_SCRIPT = here("../../node_modules/@xmpp/client/dist/xmpp.min.js");
const HTML =
  '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Recorder</title><script src="/xmpp.js"></script><script src="/page.js"></script></head><body></body></html>\n';

export interface PageServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  stop(): Promise<void>;
}

export async function servePage(): Promise<PageServer> {
  const scripts: Readonly<Record<string, string>> = { "/page.js": await bundle(), "/xmpp.js": await readFile(XMPP_SCRIPT, "utf8") };
  const server = createServer((request, response) => {
    const script = scripts[request.url ?? ""];
    if (script !== undefined) response.writeHead(200, { "Content-Type": "text/javascript; charset=utf-8" }).end(script);
    else if (request.url === "/") response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(HTML);
    else response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [here("page/main.ts")],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "es2022",
    alias: { "@xmpp/client": here("page/xmpp_global.ts") },
    define: { global: "globalThis" },
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}
