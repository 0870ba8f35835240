/**
 * Passwords that everybody knows stay on this machine.
 *
 * @module
 */

import { isIPv4 } from "node:net";

import type { Options } from "../start/options.ts";
import { Problem } from "../start/problem.ts";
import { readMarker } from "./marker.ts";

type Where = Pick<Options, "demo" | "host" | "dataDir">;

/** @throws {Problem} where accounts with public passwords would be in reach of other machines */
export function refuseBeyondLoopback({ demo, host, dataDir }: Where): void {
  if (isLoopback(host)) return;
  if (readMarker(dataDir)) {
    throw new Problem(
      `DATA_DIR ${dataDir} holds the demo accounts, whose passwords are public: HOST=${host} is refused.\n` +
        `Take them away first (npm start -- --remove-demo), or choose another folder: DATA_DIR=… HOST=${host} npm start -- --no-demo`,
    );
  }
  if (!demo) return;
  throw new Problem(
    `The passwords of the demo are public, so it listens on this machine alone: HOST=${host} is refused.\n` +
      `Leave HOST out, or start without the demo: HOST=${host} npm start -- --no-demo`,
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
