/**
 * Whether a port can be listened on, asked before workerd is started.
 *
 * @module
 */

import { type AddressInfo, createServer } from "node:net";

import { Problem } from "./problem.ts";

/** Below those that systems give to outgoing connections: one of these is not taken before the server has it. */
const [FIRST, LAST] = [20_000, 32_000];
const TRIES = 20;

/** The port itself, or a free one for 0. */
export async function freePort(host: string, port: number): Promise<number> {
  for (let tries = 0; port === 0 && tries < TRIES; tries++) {
    const tried = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const free = await probe(host, tried).catch(() => undefined);
    if (free !== undefined) return free;
  }
  return await probe(host, port);
}

function probe(host: string, port: number): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once("error", (fault: NodeJS.ErrnoException) => failed(explained(fault, { host, port })));
    server.listen({ host: host === "*" ? "::" : host, port }, () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => found(free));
    });
  });
}

function explained({ code, message }: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Problem {
  if (code === "EADDRINUSE") return portTaken(host, port);
  if (code === "EACCES") return new Problem(`Port ${port} needs rights this user does not have. Choose one above 1023, for example: PORT=8787 npm start`);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return new Problem(`HOST must be an address of this machine, such as 127.0.0.1 or 0.0.0.0: "${host}"`);
  return new Problem(`Cannot listen on ${host}, port ${port}: ${message}`);
}

/** The port is somebody else's. */
export function portTaken(host: string, port: number): Problem {
  return new Problem(`Port ${port} on ${host} is taken. Choose another, for example: PORT=${port === 65_535 ? port - 1 : port + 1} npm start`);
}
