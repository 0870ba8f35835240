/**
 * Six kinds of tests: `pure` in Node, `machine` in Node with what is not pure, `workers` inside workerd, `wire` over real
 * sockets, `docs` doing what the documents say, `browser` with the page in a browser.
 *
 * @module
 */

import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const NEEDS_NODE = ["test/durable/{protocol,families}/**/*_test.ts", "test/durable/scram_keys_test.ts"];

/** What starts processes, opens sockets, waits, or measures or takes time: too slow for `pure`, which is run after every change. */
const NEEDS_MACHINE = [
  "test/cli/explain_test.ts",
  "test/client/bosh_socket_test.ts",
  "test/durable/protocol/model_seeds_test.ts",
  "test/explain/{hostile,speed}_test.ts",
  "test/tools/simulator_{server_,}test.ts",
  "test/tools/bench/bench_parts_test.ts",
  "test/xmpp/pubsub/node_size_test.ts",
];

/** What the tests inside workerd find in their environment, beside the bindings of wrangler.toml. */
const bindings = { XMPP_DOMAIN: "cc1.acme.test,other.test", ADMIN_TOKEN: "admin-secret", PUBLISH_TOKEN: "publish-secret", AWAKE_MS: "0", CLOSE_WAIT_MS: "0" };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "pure",
          environment: "node",
          include: ["test/{xmpp,explain,worker,tools,web,client,faults,recordings}/**/*_test.ts", "test/conversations/pure_test.ts", ...NEEDS_NODE],
          exclude: NEEDS_MACHINE,
          // Nothing is left behind by what is pure: its files share two threads, and read each module once in each.
          pool: "threads",
          isolate: false,
          maxWorkers: 2,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "machine",
          environment: "node",
          include: NEEDS_MACHINE,
          maxWorkers: 2,
          testTimeout: 60_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" }, miniflare: { bindings, cf: false } })],
        test: {
          name: "workers",
          include: ["test/durable/**/*_test.ts", "test/worker_http/**/*_test.ts"],
          exclude: [...NEEDS_NODE, ...NEEDS_MACHINE],
          testTimeout: 30_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "wire",
          environment: "node",
          include: ["test/wire/**/*_test.ts", "test/cli/doctor*_test.ts"],
          maxWorkers: 4,
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "docs",
          environment: "node",
          include: ["test/docs/**/*_test.ts"],
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "browser",
          environment: "node",
          include: ["test/browser/**/*_test.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
