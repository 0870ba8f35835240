import { assert, test } from "vitest";
import type { Env } from "../../durable/contract.ts";
import { doorSettings, originOf } from "../../worker/settings.ts";

const read = (variables: Record<string, unknown>) => doorSettings(variables as unknown as Env);

test("doorSettings(): what is absent or empty is off", () => {
  for (const variables of [{}, { PUBLIC_URL: "", ADMIN_TOKEN: "", PUBLISH_TOKEN: "", ALLOWED_ORIGINS: "" }]) {
    const { publicOrigin, adminToken, publishToken, origins, domains } = read(variables);
    assert.deepEqual(
      { publicOrigin, adminToken, publishToken, origins, domains },
      { publicOrigin: null, adminToken: null, publishToken: null, origins: [], domains: ["localhost"] },
    );
  }
});

test("doorSettings(): what is given is read, origins made canonical", () => {
  const settings = read({
    PUBLIC_URL: "https://Desk.Example.com/",
    ADMIN_TOKEN: "a",
    PUBLISH_TOKEN: "p",
    ALLOWED_ORIGINS: "https://a.test:443 , http://b.test:8080/",
    XMPP_DOMAIN: "One.test,two.test",
  });
  assert.equal(settings.publicOrigin, "https://desk.example.com");
  assert.deepEqual(settings.origins, ["https://a.test", "http://b.test:8080"]);
  assert.deepEqual(settings.domains, ["one.test", "two.test"]);
  assert.equal(read({ ALLOWED_ORIGINS: "https://a.test,*" }).origins, "*");
});

test("doorSettings(): a webhook has an address and secrets, the first of which is the newest", () => {
  const [one, two] = ["A".repeat(32), `${"B".repeat(86)}==`];
  assert.equal(read({}).webhook, null);
  assert.deepEqual(read({ WEBHOOK_URL: "https://b.test/hook?x=1", WEBHOOK_SECRET: `whsec_${one}  whsec_${two}` }).webhook, {
    url: "https://b.test/hook?x=1",
    secrets: [one, two],
  });
  assert.deepEqual([read({}).nodeCreators, read({ NODE_CREATORS: "users" }).nodeCreators], ["publishers", "users"]);
  assert.deepEqual([read({}).signOutNode, read({ SIGN_OUT_NODE: "on" }).signOutNode], [false, true]);
});

test("doorSettings(): C-75 RFC 6120 §13.12 stanzas of 10,000 bytes are always taken", () => {
  assert.equal(read({ MAX_FRAME_BYTES: "10000" }).MAX_FRAME_BYTES, 10_000);
});

test("doorSettings(): T-04 what becomes of a taken resource, of all domains or of one", () => {
  const policies = (given: string | undefined) => [...read({ XMPP_DOMAIN: "one.test,two.test", RESOURCE_CONFLICT: given }).conflicts.values()];
  assert.deepEqual(policies(undefined), ["replace", "replace"]);
  assert.deepEqual(policies("refuse"), ["refuse", "refuse"]);
  assert.deepEqual(policies("Two.test=rename, refuse"), ["refuse", "rename"]);
});

const HOOK = { WEBHOOK_URL: "https://b.test/", WEBHOOK_SECRET: `whsec_${"A".repeat(32)}` };
const WRONG: readonly Record<string, unknown>[] = [
  { PUBLIC_URL: "desk.example.com" },
  { PUBLIC_URL: "wss://desk.example.com" },
  { PUBLIC_URL: "https://desk.example.com/x" },
  { PUBLIC_URL: "https://me:pw@desk.example.com" },
  { PUBLIC_URL: "https://desk.example.com/?a" },
  { PUBLIC_URL: 7 },
  { ADMIN_TOKEN: "two words" },
  { ADMIN_TOKEN: "schlüssel" },
  { PUBLISH_TOKEN: "a\n" },
  { ADMIN_TOKEN: "same", PUBLISH_TOKEN: "same" },
  { ALLOWED_ORIGINS: "null" },
  { ALLOWED_ORIGINS: "a.test" },
  { ALLOWED_ORIGINS: "https://a.test/path" },
  { SIGN_OUT_NODE: "yes" },
  { NODE_CREATORS: "everybody" },
  { MAX_FRAME_BYTES: "9999" },
  { RESOURCE_CONFLICT: "kick" },
  { RESOURCE_CONFLICT: "other.test=rename" },
  { RESOURCE_CONFLICT: "=rename" },
  { WEBHOOK_URL: HOOK.WEBHOOK_URL },
  { WEBHOOK_SECRET: HOOK.WEBHOOK_SECRET },
  { ...HOOK, WEBHOOK_URL: "ftp://b.test/" },
  { ...HOOK, WEBHOOK_URL: "https://me:pw@b.test/" },
  { WEBHOOK_SECRET: "A".repeat(32), WEBHOOK_URL: HOOK.WEBHOOK_URL },
  { WEBHOOK_SECRET: "whsec_no-base64-at-all-whatever-it", WEBHOOK_URL: HOOK.WEBHOOK_URL },
  { WEBHOOK_SECRET: `whsec_${"A".repeat(28)}`, WEBHOOK_URL: HOOK.WEBHOOK_URL },
  { WEBHOOK_SECRET: `${HOOK.WEBHOOK_SECRET} whsec_${"A".repeat(88)}`, WEBHOOK_URL: HOOK.WEBHOOK_URL },
  { MANAGERS_PER_REGION: "-1" },
  { SCRAM_ITERATIONS: "1" },
  { MIN_PASSWORD: "65" },
  { XMPP_DOMAIN: " , " },
];
for (const variables of WRONG) {
  const [name] = Object.keys(variables);
  test(`doorSettings(): refuses ${JSON.stringify(variables)} and names the variable`, () => {
    assert.throws(() => read(variables), RangeError, name);
  });
}

test("doorSettings(): a refusal never shows a token", () => {
  assert.throws(() => read({ ADMIN_TOKEN: "hush hush" }), /^(?!.*hush)/);
  assert.throws(() => read({ ...HOOK, WEBHOOK_SECRET: "whsec_hush" }), /^(?!.*hush)/);
});

test("originOf(): an origin and nothing more", () => {
  assert.equal(originOf("HTTPS://A.test"), "https://a.test");
  assert.isUndefined(originOf("ftp://a.test"));
  assert.isUndefined(originOf("https://"));
});
