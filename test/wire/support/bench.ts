/**
 * Runs a file's tests against both servers, with everybody imported and every socket cut after each test.
 *
 * @module
 */

import { afterAll, afterEach, beforeAll, describe } from "vitest";

import { importAccounts } from "./accounts.ts";
import { type Account, connect, type RawClient, type UpgradeOptions } from "./raw_client.ts";
import { type Server, SERVERS, type Variables } from "./server.ts";

export interface Bench {
  readonly server: Server;
  connect(options?: UpgradeOptions): Promise<RawClient>;
  signIn(account: Account): Promise<RawClient>;
}

/** `variables`: settings other than the usual ones. */
export function onBothServers(define: (bench: Bench) => void, variables: Variables = {}): void {
  on(SERVERS, define, variables);
}

/** For what takes its time and cannot differ between them: on `npm start` alone. */
export function onNpmStart(define: (bench: Bench) => void, variables: Variables = {}): void {
  on(SERVERS.slice(0, 1), define, variables);
}

function on(servers: readonly (typeof SERVERS)[number][], define: (bench: Bench) => void, variables: Variables): void {
  describe.each(servers)("$name", ({ start }) => {
    let running: Server | undefined;
    const clients: RawClient[] = [];
    const bench: Bench = {
      get server() {
        if (!running) throw new Error("The server has not started");
        return running;
      },
      async connect(options) {
        const client = await connect(bench.server, options);
        clients.push(client);
        return client;
      },
      async signIn(account) {
        return await (await bench.connect()).signIn(account);
      },
    };

    beforeAll(async () => {
      running = await start(variables);
      await importAccounts(running);
    });
    afterEach(() => {
      for (const client of clients.splice(0)) client.cut();
    });
    afterAll(async () => {
      await running?.stop();
    });
    define(bench);
  });
}
