/**
 * Converse.js as its users put it on a page: its files as npm brought them, from a server of their own.
 *
 * @module
 */

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const DIST = fileURLToPath(new URL("../../../node_modules/converse.js/dist/", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

export interface Site {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  stop(): Promise<void>;
}

export interface ConverseOptions {
  readonly socketUrl: string;
  readonly jid: string;
  readonly password: string;
}

/** The part of the page's globals that the tests look at; the package's own types are of its sources. */
export interface ConverseWindow {
  /** Names of Converse's events, in the order in which they came. */
  readonly heard: readonly string[];
  readonly converseApi: {
    readonly connection: { get(): { readonly jid: string } };
    readonly contacts: { get(jid: string): Promise<{ get(field: "subscription"): string; getStatus(): string } | undefined> };
    ping(jid: string | null, milliseconds: number): Promise<boolean>;
  };
}

const EVENTS = ["connected", "disconnected", "rosterContactsFetched"];

/** The page, with what Converse's manual says of a sign-in by itself; `overlayed`, since the full screen asks other hosts for pictures. */
function page({ socketUrl, jid, password }: ConverseOptions): string {
  const settings = {
    authentication: "login",
    auto_login: true,
    jid,
    password,
    ...(socketUrl.startsWith("ws") ? { websocket_url: socketUrl } : { bosh_service_url: socketUrl, connection_options: { keepalive: false } }),
    assets_path: "/",
    discover_connection_methods: false,
    view_mode: "overlayed",
    whitelisted_plugins: ["listener"],
  };
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Converse</title><link rel="stylesheet" href="/converse.min.css"></head>
<body>
<converse-root></converse-root>
<script type="module">
import "/converse.min.js";
window.heard = [];
converse.plugins.add("listener", {
  initialize() {
    window.converseApi = this._converse.api;
    for (const name of ${JSON.stringify(EVENTS)}) this._converse.api.listen.on(name, () => window.heard.push(name));
  },
});
converse.initialize(${JSON.stringify(settings)});
</script>
</body>
</html>
`;
}

/** Serves the page and Converse's files on a free port. The options are asked for with each page. */
export async function serveConverse(options: () => ConverseOptions): Promise<Site> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    const type = TYPES[extname(path === "/" ? ".html" : path)] ?? "application/octet-stream";
    const found = path === "/" ? Promise.resolve(page(options())) : readFile(join(DIST, normalize(decodeURIComponent(path))));
    found.then(
      (body) => response.writeHead(200, { "Content-Type": path === "/" ? "text/html; charset=utf-8" : type }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => close(server) };
}

async function close(server: HttpServer): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}
