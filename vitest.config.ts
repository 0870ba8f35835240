/**
 * Five kinds of tests: `pure` in Node, `workers` inside workerd, `wire` over real sockets, `docs` doing what the documents
 * say, `browser` with the page in a browser.
 *
 * @module
 */

import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const NEEDS_NODE = ["test/durable/{protocol,families}/**/*_test.ts", "test/durable/scram_keys_test.ts"];

/** What the tests inside workerd find in their environment, beside the bindings of wrangler.toml. */
const bindings = { XMPP_DOMAIN: "cc1.acme.test,other.test", ADMIN_TOKEN: "admin-secret", PUBLISH_TOKEN: "publish-secret", AWAKE_MS: "0", CLOSE_WAIT_MS: "0" };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "pure",
          environment: "node",
          include: [
            "test/{xmpp,explain,worker,tools,web,client,faults,recordings}/**/*_test.ts",
            "test/conversations/pure_test.ts",
            "test/cli/explain_test.ts",
            ...NEEDS_NODE,
          ],
          testTimeout: 60_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" }, miniflare: { bindings, cf: false } })],
        test: {
          name: "workers",
          include: ["test/durable/**/*_test.ts", "test/worker_http/**/*_test.ts"],
          exclude: NEEDS_NODE,
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
