/**
 * What `npm start` says of its demo: who can sign in, where to look, how to publish by hand.
 *
 * @module
 */

import { DEMO_ACCOUNTS, DEMO_TEAMS, type DemoAccount } from "./accounts.ts";
import type { Tokens } from "./tokens.ts";

export interface Described {
  readonly url: string;
  readonly domain: string;
  readonly tokens: Tokens;
}

/** The lines to print. */
export function describe({ url, domain, tokens }: Described): string[] {
  return [
    "",
    "Demo contact centre. Passwords are public; it stays on this machine. `npm start -- --remove-demo` takes it away.",
    "",
    ...table(domain),
    "",
    `Open ${url}/`,
    `What each transport costs, measured: ${url}/lab`,
    "",
    ...byHand({ url, domain, tokens }),
    "",
    "A simulated back end is at work. Ctrl-C ends everything.",
  ];
}

function table(domain: string): string[] {
  const rows = DEMO_ACCOUNTS.map((account) => [account.name, `${account.id}@${domain}`, account.password, placeOf(account)]);
  const all = [["who", "signs in as", "password", "team"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

function placeOf({ id, role }: DemoAccount): string {
  if (role === "publisher") return "publishes";
  const leads = DEMO_TEAMS.filter(({ supervisors }) => supervisors.includes(id));
  if (leads.length > 0) return `leads ${leads.map((team) => team.id).join(", ")}`;
  return DEMO_TEAMS.filter(({ members }) => members.includes(id))
    .map((team) => `${team.id} ${team.name}`)
    .join(", ");
}

function byHand({ url, domain, tokens }: Described): string[] {
  const { file, given } = tokens;
  const data = "<Update><data><user><state>READY</state></user></data><event>PUT</event><requestId/><source>/finesse/api/User/1001</source></Update>";
  const token = given.publish || !file ? "$PUBLISH_TOKEN" : `$(sed -n 's/.*"publishToken": "\\(.*\\)".*/\\1/p' ${quoted(file)})`;
  return [
    file ? `Publish by hand (the tokens are stored in ${file}):` : "Publish by hand (with PUBLISH_TOKEN as you set it):",
    "",
    `curl -sS '${url}/api/v1/nodes/%2Ffinesse%2Fapi%2FUser%2F1001/items?domain=${domain}' -H "Authorization: Bearer ${token}" -H 'Content-Type: application/xml' --data '${data}'`,
  ];
}

/** A word for the shell; it stands inside of `"$(…)"`. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
