import { assert, test } from "vitest";
import { Problem, PROBLEMS, type ProblemCode, problemOf, problemOfFault, retryAfter } from "../../worker/problem.ts";

for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
  test(`Problem: RFC 9457 §3.1 ${code} is rendered whole`, async () => {
    const response = new Problem(code as ProblemCode).toResponse("r-1");
    assert.equal(response.status, status);
    assert.equal(response.headers.get("Content-Type"), "application/problem+json");
    assert.deepEqual(await response.json(), { type: `/problems/${code}`, title, status, code, instance: "r-1" });
    assert.match(code, /^[a-z]+(-[a-z]+)*$/);
    assert.isTrue(status >= 400 && status < 600);
  });
}

test("Problem: detail, errors and headers are added", async () => {
  const errors = [{ pointer: "#/role", detail: "is required" }];
  const response = new Problem("invalid-body", { detail: "#/role is required", errors, headers: { "X-Y": "z" } }).toResponse("r");
  assert.equal(response.headers.get("X-Y"), "z");
  assert.deepInclude((await response.json()) as object, { detail: "#/role is required", errors });
});

test("problemOf(): a code the table does not know is our own fault", () => {
  assert.equal(problemOf("unknown-member", "x").code, "unknown-member");
  assert.equal(problemOf("no-such-code", "x").code, "internal-error");
});

test("problemOfFault(): the platform's faults say when to come back, ours say nothing", () => {
  const cases = [
    [new Problem("not-found"), "not-found"],
    [Object.assign(new Error("x"), { overloaded: true, retryable: true }), "overloaded"],
    [Object.assign(new Error("x"), { retryable: true }), "unavailable"],
    [Object.assign(new Error("x"), { name: "Unanswered" }), "unavailable"],
    [new RangeError('PUBLIC_URL must be like that: "x"'), "misconfigured"],
    [new RangeError("ADMIN_TOKEN and PUBLISH_TOKEN must differ"), "misconfigured"],
    [new RangeError("Invalid array length"), "internal-error"],
    [new TypeError("secret detail"), "internal-error"],
    ["text", "internal-error"],
  ] as const;
  for (const [fault, code] of cases) {
    const problem = problemOfFault(fault);
    assert.equal(problem.code, code);
    assert.equal(problem.options.headers?.["Retry-After"] !== undefined, PROBLEMS[code].status === 503);
    assert.notInclude(problem.options.detail ?? "", "secret");
  }
});

test("retryAfter(): spread over as long again", () => {
  assert.deepEqual(retryAfter(2, 0), { "Retry-After": "2" });
  assert.deepEqual(retryAfter(2, 0.999), { "Retry-After": "4" });
});
