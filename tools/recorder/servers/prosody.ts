/**
 * Prosody, as Debian packages it.
 *
 * @module
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort } from "../../../test/wire/support/server.ts";
import { type Child, folderFor, startChild } from "./child.ts";
import { AGENTS, DOMAIN, passwordOf, type Peer } from "./peer.ts";
import { peopled, type Staffed } from "./staff.ts";

const CONFIGURATION = fileURLToPath(new URL("prosody.cfg.lua", import.meta.url));
const FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
const MODULES = fileURLToPath(new URL("prosody_modules", import.meta.url));

export interface ProsodyOptions {
  /** False: the WebSocket does not count as secure, so that PLAIN is not offered. */
  readonly secure?: boolean;
  /** How far its clock is off, as faketime says it: "+600s". */
  readonly clock?: string;
  /** True: keeps messages for users who are not there. */
  readonly offline?: boolean;
  /** Seconds after which a quiet BOSH session is over. */
  readonly inactivity?: number;
}

export interface Prosody extends Peer, Staffed {
  /** Where it speaks XMPP over TCP. */
  readonly c2sPort: number;
}

export async function startProsody({ secure = true, clock, offline = false, inactivity = 60 }: ProsodyOptions = {}): Promise<Prosody> {
  const folder = await folderFor("prosody");
  const [port, c2sPort] = [await freePort(), await freePort()];
  await writeAccounts(folder);
  const environment = {
    FOLDER: folder,
    PORT: String(port),
    C2S_PORT: String(c2sPort),
    MODULES,
    SECURE: secure ? "yes" : "no",
    OFFLINE: offline ? "yes" : "no",
    INACTIVITY: String(inactivity),
    // Not by the command of that name, which stands between us and the server.
    ...(clock !== undefined && { LD_PRELOAD: FAKETIME, FAKETIME: clock, DONT_FAKE_MONOTONIC: "1" }),
  };
  const child = await startChild({ folder, command: ["prosody", "--config", CONFIGURATION, "-F"], environment, port });
  const socketUrl = `ws://127.0.0.1:${port}/xmpp-websocket`;
  const staff = secure ? await peopled({ socketUrl, child }) : unstaffed(child);
  return { name: "prosody", port, c2sPort, socketUrl, boshUrl: `http://127.0.0.1:${port}/http-bind`, ...staff };
}

/** Where PLAIN is not offered, the back end cannot come in: nobody publishes, and there is no service contact. */
function unstaffed(child: Child): Staffed {
  const publish = () => Promise.reject(new Error("Nobody publishes here"));
  return { publish, publishRaw: publish, say() {}, setContact() {}, stop: (signal) => child.stop(signal) };
}

/** Accounts and rosters in its own format: everybody has the service contact, both ways. */
async function writeAccounts(folder: string): Promise<void> {
  const host = join(folder, "data", DOMAIN.replaceAll(".", "%2e"));
  for (const store of ["accounts", "roster"]) await mkdir(join(host, store), { recursive: true });
  const contact = (user: string) => `["${user}@${DOMAIN}"] = { subscription = "both"; groups = {}; name = "${user}"; };`;
  const rosters = new Map(AGENTS.map((user) => [user, contact("finesse")]));
  rosters.set("finesse", AGENTS.map(contact).join("\n"));
  for (const user of [...AGENTS, "finesse", "backend", "lone"]) {
    await writeFile(join(host, "accounts", `${user}.dat`), `return { password = "${passwordOf(user)}"; };\n`);
  }
  for (const [user, items] of rosters) {
    await writeFile(join(host, "roster", `${user}.dat`), `return { ${items}\n[false] = { version = 1; pending = {}; }; };\n`);
  }
}
