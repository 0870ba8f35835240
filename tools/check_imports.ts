/**
 * Holds the import rules of the project: who may import whom, and in which files SQL and sockets may stand.
 *
 * `node tools/check_imports.ts` prints what breaks a rule and ends with 1, or says how many files it read.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

/** Path from the project's folder → text. */
export type Sources = ReadonlyMap<string, string>;

interface Room {
  readonly files: RegExp;
  /** What its files may import: paths from the project's folder, or names of packages. */
  readonly imports: readonly RegExp[];
  /** True: types alone, save from its own folder. */
  readonly typesOnly?: boolean;
}

const XMPP = (...folders: string[]) => new RegExp(`^xmpp/(${folders.join("|")})/`);
const BASICS = ["xml", "address", "stanza"];

/** The first room that fits a file decides. */
const ROOMS: readonly Room[] = [
  { files: /^xmpp\/mod\.ts$/, imports: [/^xmpp\//] },
  { files: /^xmpp\/xml\/parse\.ts$/, imports: [/^saxes$/, XMPP("xml")] },
  { files: XMPP("xml"), imports: [XMPP("xml")] },
  { files: XMPP("address"), imports: [XMPP("xml", "address")] },
  { files: XMPP("stanza"), imports: [XMPP(...BASICS)] },
  { files: XMPP("roster"), imports: [XMPP(...BASICS, "disco", "roster")] },
  ...["stream", "sasl", "pubsub", "disco", "routing"].map((folder) => ({ files: XMPP(folder), imports: [XMPP(...BASICS, folder)] })),
  { files: XMPP("session"), imports: [XMPP(...BASICS, "stream", "sasl", "pubsub", "disco", "roster", "routing", "session")] },
  { files: /^xmpp\//, imports: [] },
  { files: /^durable\/protocol\//, imports: [/^durable\/protocol\//, /^durable\/contract\.ts$/], typesOnly: true },
  { files: /^durable\//, imports: [/^durable\//, /^xmpp\/mod\.ts$/, /^cloudflare:workers$/] },
  { files: /^explain\//, imports: [/^explain\//, /^xmpp\/mod\.ts$/] },
  // The client is for pages and for Node: one package, and of the server nothing.
  { files: /^client\//, imports: [/^client\//, /^strophe\.js$/] },
  { files: /^cli\/program\.ts$/, imports: [/^cli\//, /^commander$/, /^node:/] },
  { files: /^cli\//, imports: [/^cli\//, /^(?:xmpp|explain)\/mod\.ts$/, /^node:/] },
  { files: /^web\/vite\.config\.ts$/, imports: [/^vite$/, /^node:path$/] },
  { files: /^web\/lab\/charts\.tsx$/, imports: [/^web\//, /^preact($|\/)/, /^@preact\/signals$/, /^uplot($|\/)/] },
  { files: /^web\//, imports: [/^web\//, /^(?:client|explain)\/mod\.ts$/, /^preact($|\/)/, /^strophe\.js$/, /^@preact\/signals$/] },
  { files: /^worker\/main\.ts$/, imports: [/^worker\//, /^durable\/[a-z_]+\.ts$/] },
  { files: /^worker\//, imports: [/^worker\//, /^hono($|\/)/, /^xmpp\/mod\.ts$/, /^durable\/(contract|placing|settings|stubs)\.ts$/] },
];

interface Wording {
  readonly text: RegExp;
  readonly allowed: RegExp;
  readonly rule: string;
}

const WORDINGS: readonly Wording[] = [
  {
    text: /\.sql\b|["'`]\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|WITH|PRAGMA) /g,
    allowed: /(^|\/)store\.ts$/,
    rule: "SQL stands in files named store.ts only",
  },
  {
    text: /\b(WebSocketPair|acceptWebSocket)\b/g,
    allowed: /^durable\/connection_manager(\.ts$|\/)/,
    rule: "sockets are accepted in durable/connection_manager only",
  },
];

/** What breaks a rule, one line each: `file:line: …`. */
export function violationsOf(sources: Sources): string[] {
  return [...sources].flatMap(([file, text]) => {
    const code = withoutComments(text);
    return [...wordingViolations(file, code), ...importViolations(file, code)];
  });
}

function wordingViolations(file: string, code: string): string[] {
  return WORDINGS.filter(({ allowed }) => !allowed.test(file)).flatMap(({ text, rule }) =>
    [...code.matchAll(text)].map(({ index }) => `${file}:${lineAt(code, index)}: ${rule}`),
  );
}

function lineAt(code: string, index: number): number {
  return code.slice(0, index).split("\n").length;
}

/** `import … from "x"`, `export … from "x"`, `import "x"`, `import("x")`. */
const IMPORT = /(?:^|\n)(?:import|export)(\s+type\b)?([^;"']*?)\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/g;

function importViolations(file: string, code: string): string[] {
  const room = ROOMS.find(({ files }) => files.test(file));
  if (!room) return [];
  return [...code.matchAll(IMPORT)].flatMap((found) => {
    const imported = targetOf(file, (found[3] ?? found[4]) as string);
    const line = lineAt(code, found.index + (found[0].startsWith("\n") ? 1 : 0));
    if (!room.imports.some((pattern) => pattern.test(imported))) return [`${file}:${line}: may not import ${imported}`];
    const namesTypes = found[1] !== undefined;
    if (room.typesOnly && !namesTypes && !room.files.test(imported)) return [`${file}:${line}: may import only types of ${imported}`];
    return [];
  });
}

function targetOf(file: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;
}

/** The same lines with comments blanked. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " ")).replace(/(^|\s)\/\/.*$/gm, "$1");
}

/** The TypeScript files of the rooms that have rules. */
export function readSources(root: string, rooms: readonly string[] = ["xmpp", "explain", "durable", "worker", "client", "cli", "web"]): Sources {
  const files = rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" }).map((name) => posix.join(room, name.replaceAll("\\", "/"))),
  );
  return new Map(
    files
      .filter((file) => /\.tsx?$/.test(file))
      .sort()
      .map((file) => [file, readFileSync(join(root, file), "utf8")]),
  );
}

if (import.meta.main) {
  const sources = readSources(dirname(dirname(fileURLToPath(import.meta.url))));
  const violations = violationsOf(sources);
  for (const violation of violations) console.error(violation);
  console.log(`${sources.size} files, ${violations.length} against the import rules`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
