/**
 * What `npm start` was asked for: its arguments and the environment, checked before anything runs.
 *
 * @module
 */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import type { Env } from "../../durable/contract.ts";
import { DEFAULTS } from "../../durable/settings.ts";
import { doorSettings } from "../../worker/settings.ts";
import { FINESSE } from "../../xmpp/mod.ts";
import { type FamiliesFile, problemOfSettings, takeFamiliesFile } from "./families_file.ts";
import { Problem } from "./problem.ts";

/** The folder of the project, wherever the command was given. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Variables that are handed to the Worker when they are set, besides the numbers of `durable/settings.ts`. */
export const PASSED_ON = [
  "XMPP_DOMAIN",
  "PUBLIC_URL",
  "ADMIN_TOKEN",
  "PUBLISH_TOKEN",
  "ALLOWED_ORIGINS",
  "FRAME_ANCESTORS",
  "WIRE_PROFILE",
  "NODE_PRESET",
  "FAMILIES",
  "NODE_CREATORS",
  "RESOURCE_CONFLICT",
  "WEBSOCKET_COMPRESSION",
  "SIGN_OUT_NODE",
  "WEBHOOK_URL",
  "WEBHOOK_SECRET",
];

const ARGUMENTS: readonly string[] = ["--no-demo", "--remove-demo"];

export interface Options {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Folder of the objects' rows. */
  readonly dataDir: string;
  /** Demo accounts and a simulated back end. */
  readonly demo: boolean;
  /** Only takes the demo accounts away, and ends. */
  readonly removeDemo: boolean;
  /** Variables of the Worker. */
  readonly variables: Readonly<Record<string, string>>;
  /** What should be known, but stops nothing. */
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {Problem} names the argument or variable that is wrong, and what it may be */
export function readOptions(args: readonly string[], environment: Environment): Options {
  const { rest, file } = takeFamiliesFile(args, environment, startedFrom(environment));
  const unknown = rest.find((arg) => !ARGUMENTS.includes(arg));
  if (unknown) throw new Problem(`Unknown argument ${unknown}. There are ${ARGUMENTS.join(", ")} and --families file.json: \`npm start -- --no-demo\`.`);
  const host = environment.HOST || "127.0.0.1";
  const variables = variablesOf(file ? { ...environment, FAMILIES: file.text } : environment, file);
  const demo = !args.includes("--no-demo");
  if (demo && !args.includes("--remove-demo")) requireDemoNodes(variables);
  return {
    host,
    port: portOf(environment.PORT),
    dataDir: environment.DATA_DIR ? resolve(startedFrom(environment), environment.DATA_DIR) : resolve(ROOT, ".deskwire"),
    demo,
    removeDemo: args.includes("--remove-demo"),
    variables,
    warnings: warningsOf(host, variables),
  };
}

/** `http://host:port`, as a client on this machine can write it. */
export function urlOf(host: string, port: number): string {
  const name = isEverywhere(host) ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** Relative paths count from where the person stands, not from where npm moves to. */
function startedFrom(environment: Environment): string {
  return (environment.npm_lifecycle_event === "start" && environment.INIT_CWD) || process.cwd();
}

function portOf(given: string | undefined): number {
  const port = Number(given || 8787);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Problem(`PORT must be a number from 0 to 65535 (0: any free one): "${given}"`);
}

/** The demo's back end and its desktops are Finesse's. */
function requireDemoNodes(variables: Readonly<Record<string, string>>): void {
  const patterns = new Set(doorSettings(variables as unknown as Env).families.map(({ pattern }) => pattern));
  const missing = FINESSE.find(({ pattern }) => !patterns.has(pattern));
  if (missing) throw new Problem(`The demo plays a Cisco Finesse, and the table of families has no ${missing.pattern}: \`npm start -- --no-demo\`.`);
}

function variablesOf(environment: Environment, file: FamiliesFile | undefined): Record<string, string> {
  const names = [...PASSED_ON, ...Object.keys(DEFAULTS)];
  const variables = Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
  try {
    doorSettings(variables as unknown as Env);
  } catch (wrong) {
    throw problemOfSettings(wrong, file) ?? wrong;
  }
  return variables;
}

function warningsOf(host: string, variables: Readonly<Record<string, string>>): string[] {
  if (isLocal(host) || variables.ADMIN_TOKEN || variables.PUBLISH_TOKEN) return [];
  return [`Warning: HOST=${host} can be reached from other machines, and neither ADMIN_TOKEN nor PUBLISH_TOKEN is set. Set both to long random strings.`];
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** Listens on every address of the machine, so that clients may call it by any of its names. */
export function isEverywhere(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "*";
}
