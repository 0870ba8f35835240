/**
 * What `npm test` runs, in this order; a check counts as one test.
 *
 * @module
 */

export interface Stage {
  readonly name: string;
  /** Commands of `node_modules`, run one after the other: path of the script, then its arguments. */
  readonly commands: readonly (readonly string[])[];
  /** Name of a vitest project: its tests are counted. */
  readonly project?: string;
  /** Is given the reports of all projects, where all have run. */
  readonly readsReports?: true;
}

const TSC = "node_modules/typescript/bin/tsc";
const BIOME = "node_modules/@biomejs/biome/bin/biome";
const VITEST = "node_modules/vitest/vitest.mjs";
const WRANGLER = "node_modules/wrangler/bin/wrangler.js";

const PROJECTS = [
  "tsconfig.json",
  "tsconfig.tools.json",
  "tools/recorder/page/tsconfig.json",
  "test/tsconfig.json",
  "test/tsconfig.workers.json",
  "test/tsconfig.wire.json",
  "test/tsconfig.web.json",
  "client/tsconfig.json",
  "cli/tsconfig.json",
  "web/tsconfig.json",
];

const tests = (project: string): Stage => ({ name: project, project, commands: [[VITEST, "run", "--project", project]] });

export const STAGES: readonly Stage[] = [
  { name: "types", commands: PROJECTS.map((project) => [TSC, "--project", project]) },
  { name: "lint", commands: [[BIOME, "ci", "--colors=off", "--max-diagnostics=10"]] },
  { name: "imports", commands: [["tools/check_imports.ts"]] },
  // The pages must be there before wrangler reads its configuration.
  { name: "build", commands: [["tools/build.ts"]] },
  tests("pure"),
  tests("machine"),
  tests("workers"),
  tests("wire"),
  tests("docs"),
  tests("browser"),
  // Behind the tests: a rule is proved by one that passed.
  { name: "conformance", readsReports: true, commands: [["tools/conformance.ts", "--check"]] },
  { name: "deploy", commands: [[WRANGLER, "deploy", "--dry-run"]] },
];
