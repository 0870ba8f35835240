/** What the documents say beside their blocks: links, files, commands, variables, codes and versions, compared with the project. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "vitest";

import { readTable } from "../../durable/families/table.ts";
import { CAUSES } from "../../durable/protocol/attendance.ts";
import { pauseAfter } from "../../durable/protocol/retries.ts";
import { DEFAULTS } from "../../durable/settings.ts";
import { PASSED_ON } from "../../tools/start/options.ts";
import { FINESSE } from "../../xmpp/mod.ts";
import { blocksOf, documentNames, readDocument, ROOT } from "./support/blocks.ts";

const project = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  scripts: Readonly<Record<string, string>>;
  devDependencies: Readonly<Record<string, string>>;
};
const readme = readDocument("README.md");

/** The part of the README under a heading. */
function sectionOf(heading: string): string {
  const [, after] = readme.split(`\n## ${heading}\n`);
  assert.ok(after, `README.md has no section ${heading}`);
  return after.split("\n## ")[0] ?? "";
}

/** As GitHub names a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const found = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = ""]) => name);

describe.each(documentNames())("%s", (name) => {
  const text = readDocument(name);
  // Blocks are documents_test.ts's.
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");

  test("links lead somewhere", () => {
    for (const link of found(prose, /\]\(([^)\s]+)\)/g).filter((target) => !/^https?:/.test(target))) {
      const [path = "", anchor] = link.split("#");
      const file = path === "" ? join(ROOT, name) : join(ROOT, dirname(name), path);
      assert.ok(existsSync(file), `${link}: no such file`);
      if (anchor)
        assert.ok(
          found(readFileSync(file, "utf8"), /^#+ (.+)$/gm)
            .map(anchorOf)
            .includes(anchor),
          `${link}: no such heading`,
        );
    }
  });

  test("files that are named exist", () => {
    const files = found(prose, /`((?:worker|durable|xmpp|web|tools|test|docs)\/[\w./]+\.\w+)`/g);
    assert.deepEqual(
      files.filter((file) => !existsSync(join(ROOT, file))),
      [],
    );
  });

  test("commands of npm exist", () => {
    const scripts = [...found(text, /\bnpm run ([\w:]+)/g), ...found(text, /\bnpm (start|test)\b/g)];
    assert.deepEqual(
      scripts.filter((script) => !Object.hasOwn(project.scripts, script)),
      [],
    );
  });
});

test("README.md: below 250 lines", () => {
  const lines = readme.trimEnd().split("\n").length;
  assert.ok(lines < 250, String(lines));
});

test("README.md: every script stands under Development, and no other", () => {
  const section = sectionOf("Development");
  const told = new Set([...found(section, /`(?:npm (?:run )?)?(start|test|[a-z]+:[a-z]+|build|dev|simulate|lab|check|fix|conformance|record|deploy)`/g)]);
  assert.deepEqual([...told].sort(), Object.keys(project.scripts).sort());
});

test("README.md: every variable is in the table, and none that does not exist", () => {
  const started = ["HOST", "PORT", "DATA_DIR", "OPEN_FILES"];
  const told = sectionOf("Configuration")
    .split("\n")
    .flatMap((row) => found(row.split("|")[1] ?? "", /`([A-Z_]+)`/g));
  assert.deepEqual(
    [...PASSED_ON, ...started].filter((name) => !told.includes(name)),
    [],
  );
  assert.deepEqual(
    told.filter((name) => ![...PASSED_ON, ...started, ...Object.keys(DEFAULTS)].includes(name)),
    [],
  );
  const { SCRAM_ITERATIONS, MIN_PASSWORD } = DEFAULTS;
  assert.match(readme, new RegExp(`\\| \`SCRAM_ITERATIONS\`; \`MIN_PASSWORD\` \\| \`${SCRAM_ITERATIONS}\`; \`${MIN_PASSWORD}\` \\|`));
});

test("README.md, docs/deploy.md: bounds are as the settings have them", () => {
  const spelled = (value: number) => value.toLocaleString("en-US");
  const { MAX_FRAME_BYTES, MAX_PAYLOAD, RESOURCES_PER_USER, SUBSCRIPTIONS_PER_USER, STREAMS_PER_MANAGER, MANAGERS_PER_REGION } = DEFAULTS;
  const limits = `${MAX_FRAME_BYTES / 1024} KiB a frame, ${spelled(MAX_PAYLOAD)} characters a payload, ${RESOURCES_PER_USER} resources and ${SUBSCRIPTIONS_PER_USER} subscriptions a user, ${spelled(STREAMS_PER_MANAGER)} connections a group, ${MANAGERS_PER_REGION} groups a region`;
  assert.ok(sectionOf("Operate").includes(limits), limits);
  const deploy = readDocument("docs/deploy.md");
  for (const [name, value] of [
    ["STREAMS_PER_MANAGER", STREAMS_PER_MANAGER],
    ["MANAGERS_PER_REGION", MANAGERS_PER_REGION],
  ] as const)
    assert.ok(deploy.includes(`| ${spelled(value)} (\`${name}\`)`), name);
});

test("docs/webhooks.md: bounds and times are as the settings have them", () => {
  const { WEBHOOK_ATTEMPTS, WEBHOOK_RETRY_MS, WEBHOOK_TIMEOUT_MS, WEBHOOK_WAITING, WEBHOOK_DEAD_LETTERS, SIGN_OUT_GRACE_MS } = DEFAULTS;
  assert.deepEqual(
    { WEBHOOK_ATTEMPTS, WEBHOOK_TIMEOUT_MS, WEBHOOK_WAITING, WEBHOOK_DEAD_LETTERS, SIGN_OUT_GRACE_MS },
    { WEBHOOK_ATTEMPTS: 8, WEBHOOK_TIMEOUT_MS: 15_000, WEBHOOK_WAITING: 10_000, WEBHOOK_DEAD_LETTERS: 1000, SIGN_OUT_GRACE_MS: 60_000 },
    "docs/webhooks.md says eight, 15 seconds, ten thousand, thousand, one minute",
  );
  const spelled = (ms: number) => (ms < 60_000 ? `${ms / 1000} s` : ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`);
  const pauses = Array.from({ length: WEBHOOK_ATTEMPTS - 1 }, (_, n) => spelled(pauseAfter(n + 1, WEBHOOK_RETRY_MS, 0)));
  const told = `${pauses.slice(0, -1).join(", ")} and ${pauses.at(-1)}`;
  const text = readDocument("docs/webhooks.md");
  assert.ok(text.includes(`after ${told},`), told);
  const causes = found(text.split("## Try it")[0] ?? "", /^\| `([a-z-]+)` \|/gm);
  assert.deepEqual(causes.sort(), [...Object.values(CAUSES), "unavailable"].sort());
});

test("README.md: every code under Troubleshooting is one that is sent", () => {
  const sources = ["worker/problem.ts", "xmpp/stream/stream_error.ts", "xmpp/sasl/failure.ts", "durable/connection_manager.ts"];
  const sent = sources.map((file) => readFileSync(join(ROOT, file), "utf8")).join("\n");
  const told = found(sectionOf("Troubleshooting"), /`([a-z]+(?:-[a-z]+)+)`/g);
  assert.ok(told.length >= 10, told.join(" "));
  assert.deepEqual(
    told.filter((code) => !sent.includes(`"${code}"`) && !new RegExp(`^ {2}"?${code}"?:`, "m").test(sent)),
    [],
  );
});

test("README.md: the clients' versions are those that are tested", () => {
  const section = sectionOf("Compatibility");
  for (const name of ["strophe.js", "@xmpp/client", "stanza", "converse.js"]) {
    const told = new RegExp(`${name.replace(".", "\\.")} (\\d+\\.\\d+\\.\\d+)`, "i").exec(section)?.[1];
    assert.equal(told, project.devDependencies[name], name);
  }
});

test("README.md, docs/doap.xml: the same extensions in the same versions", () => {
  const inDoap = [...readFileSync(join(ROOT, "docs/doap.xml"), "utf8").matchAll(/xep-(\d{4})\.html"\/>\s*<xmpp:version>([\d.]+)</g)];
  const versions = new Map(inDoap.map(([, number = "", version = ""]) => [number, version]));
  const rows = [...sectionOf("Compatibility").matchAll(/^\| (XEP-[^|]+)\| ([^|]+) \|/gm)].flatMap(([, names = "", told = ""]) => {
    const [numbers, each] = [found(names, /\b(\d{4})\b/g), told.split(", ")];
    assert.equal(numbers.length, each.length, names);
    return numbers.map((number, at) => [number, each[at] ?? ""] as const);
  });
  assert.ok(rows.length > 12);
  for (const [number, version] of rows) assert.equal(versions.get(number), version, `XEP-${number}`);
  // Those that are only parts of others: pages, stamps, what is forwarded.
  assert.deepEqual(
    [...versions.keys()].filter((number) => !rows.some(([named]) => named === number)),
    ["0059", "0203", "0297"],
  );
});

test("docs/architecture.md: every room of the drawing exists", () => {
  const [, drawing = ""] = /```text\n([\s\S]*?)```/.exec(readDocument("docs/architecture.md")) ?? [];
  const rooms = found(drawing, /^(\w+)\/ /gm);
  assert.ok(rooms.length >= 6, drawing);
  assert.deepEqual(
    rooms.filter((room) => !existsSync(join(ROOT, room))),
    [],
  );
});

test("docs/families.md: the preset, as shown, is the preset", () => {
  const shown = blocksOf(readDocument("docs/families.md")).find(({ saveAs }) => saveAs === "finesse.json");
  assert.deepEqual(readTable({ text: shown?.text ?? "", source: "docs/families.md", memoryLog: DEFAULTS.MEMORY_LOG }).families, FINESSE);
});
