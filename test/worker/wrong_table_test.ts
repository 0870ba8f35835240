/** The door with a table of families that is wrong (docs/families.md). */

import { afterEach, assert, test, vi } from "vitest";
import type { Env } from "../../durable/contract.ts";
import { app } from "../../worker/app.ts";

afterEach(() => vi.restoreAllMocks());

const BAD = '[\n  { "name": "a", "pattern": "a", "subscribers": "anyone" }\n]';
const DETAIL = 'FAMILIES:2: pattern must begin with a slash, not "a"';
const PATHS = ["/livez", "/", "/ws/", "/api/v1/users", "/nothing"];

/** Asks each path; answers what was logged. */
async function askAll(env: object): Promise<readonly string[]> {
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  for (const path of PATHS) {
    const answer = await app.request(path, {}, env as Env);
    const body = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual([answer.status, body.code, body.detail, body.instance], [500, "misconfigured", DETAIL, answer.headers.get("X-Request-Id")], path);
    assert.equal(answer.headers.get("Content-Type"), "application/problem+json");
  }
  return printed.mock.calls.map(([line]) => (JSON.parse(String(line)) as { error: string }).error);
}

test("every request is answered with the line that is wrong, and one line is logged, however many environments there are", async () => {
  assert.deepEqual(await askAll({ FAMILIES: BAD }), [DETAIL]);
  vi.restoreAllMocks();
  assert.deepEqual(await askAll({ FAMILIES: BAD }), []);
});

test("with a good one the door answers", async () => {
  const answer = await app.request("/livez", {}, { FAMILIES: BAD.replace('"a", "sub', '"/a", "sub') } as unknown as Env);
  assert.equal(answer.status, 200);
});
