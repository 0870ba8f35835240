/**
 * ejabberd, as Debian packages it.
 *
 * @module
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort } from "../../../test/wire/support/server.ts";
import { folderFor, startChild } from "./child.ts";
import { AGENTS, DOMAIN, passwordOf, type Peer } from "./peer.ts";
import { peopled, type Staffed } from "./staff.ts";

const CONFIGURATION = fileURLToPath(new URL("ejabberd.yml", import.meta.url));
const LIBRARIES = "/usr/lib/x86_64-linux-gnu";

export interface EjabberdOptions {
  /** Modules with their options, as lines below `modules:`. */
  readonly modules?: string;
  /** Further lines of the configuration's first level. */
  readonly options?: string;
}

export type Ejabberd = Peer & Staffed;

export async function startEjabberd({ modules = "  mod_ping: {}", options = "" }: EjabberdOptions = {}): Promise<Ejabberd> {
  const folder = await folderFor("ejabberd");
  const port = await freePort();
  await mkdir(join(folder, "spool"));
  const configuration = (await readFile(CONFIGURATION, "utf8")).replace("@PORT@", String(port)).replace("@MORE@", `${modules}\n${options}`);
  await writeFile(join(folder, "ejabberd.yml"), configuration);
  const environment = {
    EJABBERD_CONFIG_PATH: join(folder, "ejabberd.yml"),
    EJABBERD_LOG_PATH: join(folder, "log"),
    ERL_LIBS: process.env["ERL_LIBS"] ?? LIBRARIES,
    ERL_CRASH_DUMP_BYTES: "0",
    HOME: folder,
  };
  // Without a name there is no Erlang distribution, and so no daemon of it.
  const flags = ["-noinput", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none", "-mnesia", "dir", `"${folder}/spool"`];
  const command: [string, ...string[]] = ["erl", ...flags, "-s", "ejabberd", "-eval", peopleTerms(join(folder, "ready"))];
  const child = await startChild({ folder, command, environment, port });
  await until(join(folder, "ready"));
  const socketUrl = `ws://127.0.0.1:${port}/xmpp-websocket`;
  const staff = await peopled({ socketUrl, child });
  return { name: "ejabberd", port, socketUrl, boshUrl: `http://127.0.0.1:${port}/http-bind`, ...staff };
}

/** Registers everybody and makes the rosters, in Erlang. */
function peopleTerms(ready: string): string {
  const bin = (text: string) => `<<"${text}">>`;
  const host = bin(DOMAIN);
  const accounts = [...AGENTS, "finesse", "backend", "lone"].map((user) => `ok = ejabberd_auth:try_register(${bin(user)}, ${host}, ${bin(passwordOf(user))})`);
  const pair = (user: string, contact: string) =>
    `mod_admin_extra:add_rosteritem(${bin(user)}, ${host}, ${bin(contact)}, ${host}, ${bin(contact)}, <<>>, <<"both">>)`;
  const rosters = AGENTS.flatMap((user) => [pair(user, "finesse"), pair("finesse", user)]);
  return `${[...accounts, ...rosters, `ok = file:write_file("${ready}", "")`].join(", ")}.`;
}

async function until(file: string): Promise<void> {
  for (let n = 0; n < 300; n++) {
    const found = await readFile(file).then(
      () => true,
      () => false,
    );
    if (found) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("ejabberd did not make its people");
}
