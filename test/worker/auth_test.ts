import { assert, test } from "vitest";
import { tokenRefusal } from "../../worker/api/auth.ts";

const BOTH = { adminToken: "admin", publishToken: "publish" };
const CASES = [
  { rule: "the administrator's token opens everything", header: "Bearer admin", scope: "admin", tokens: BOTH, gives: undefined },
  { rule: "publishing too", header: "bearer  admin", scope: "publish", tokens: BOTH, gives: undefined },
  { rule: "the publisher's token opens publishing", header: "Bearer publish", scope: "publish", tokens: BOTH, gives: undefined },
  { rule: "§3.1 and nothing else", header: "Bearer publish", scope: "admin", tokens: BOTH, gives: "insufficient-scope" },
  { rule: "§3.1 another token", header: "Bearer admi", scope: "admin", tokens: BOTH, gives: "invalid-token" },
  { rule: "§3 no token", header: undefined, scope: "admin", tokens: BOTH, gives: "unauthorized" },
  { rule: "§2.1 another scheme", header: "Basic YTpi", scope: "admin", tokens: BOTH, gives: "unauthorized" },
  { rule: "§2.1 an empty one", header: "Bearer ", scope: "publish", tokens: { adminToken: "admin", publishToken: null }, gives: "unauthorized" },
  { rule: "no token is set up", header: "Bearer x", scope: "publish", tokens: { adminToken: null, publishToken: null }, gives: "token-not-configured" },
  {
    rule: "none that could open this",
    header: "Bearer publish",
    scope: "admin",
    tokens: { adminToken: null, publishToken: "publish" },
    gives: "token-not-configured",
  },
  {
    rule: "an absent token equals nothing",
    header: "Bearer null",
    scope: "publish",
    tokens: { adminToken: "admin", publishToken: null },
    gives: "invalid-token",
  },
] as const;

for (const { rule, header, scope, tokens, gives } of CASES) {
  test(`tokenRefusal(): RFC 6750 ${rule}`, async () => assert.equal(await tokenRefusal(header, scope, tokens), gives));
}
