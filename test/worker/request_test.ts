import { assert, test } from "vitest";
import { Problem } from "../../worker/problem.ts";
import { decodePath, rawPath, requestIdOf } from "../../worker/request.ts";

test("rawPath(): nothing is decoded, query and fragment are cut", () => {
  const cases = [
    ["https://h/api/v1/nodes/%2Ffinesse%2Fapi/items?x=/y", "/api/v1/nodes/%2Ffinesse%2Fapi/items"],
    ["https://h:1/a//b/", "/a//b/"],
    ["https://h/?q", "/"],
    ["https://h/a#b", "/a"],
  ] as const;
  for (const [url, path] of cases) assert.equal(rawPath({ url } as Request), path);
});

test("requestIdOf(): a client's own id is taken if it is fit to be echoed", () => {
  assert.equal(requestIdOf("abc-1"), "abc-1");
  for (const unfit of [null, "", "a b", "ä", "x".repeat(129)]) assert.match(requestIdOf(unfit), /^[0-9a-f-]{36}$/);
});

test("decodePath(): a wrong percent-encoding is refused", () => {
  assert.equal(decodePath("%2Fa%20b"), "/a b");
  for (const wrong of ["%", "%zz", "%ff"]) assert.throws(() => decodePath(wrong), Problem);
});
