/** The pages in workerd: types, caching, security headers, 404s. Needs the built pages (`npm run build`). */

import { env as bindings, exports as exported } from "cloudflare:workers";
import { assert, test } from "vitest";

import type { Env } from "../../durable/contract.ts";
import { app } from "../../worker/app.ts";

const env = bindings as unknown as Env;
const door = (exported as unknown as { default: { fetch(url: string, init?: RequestInit): Promise<Response> } }).default;
const get = (path: string, headers: Record<string, string> = {}, method = "GET") => door.fetch(`https://desk.test${path}`, { method, headers });
/** The door with other variables. */
const getWith = (variables: Partial<Env>, path: string, headers: Record<string, string> = {}) =>
  app.request(`https://desk.test${path}`, { headers }, { ...env, ...variables } as Env);

const policyOf = ({ headers }: Response) =>
  new Map((headers.get("Content-Security-Policy") ?? "").split("; ").map((directive) => [directive.split(" ")[0], directive.split(" ").slice(1).join(" ")]));

function assertGuarded(answer: Response) {
  const policy = policyOf(answer);
  assert.equal(policy.get("default-src"), "'none'");
  assert.equal(policy.get("script-src"), "'self'");
  assert.equal(policy.get("style-src"), "'self'");
  assert.equal(policy.get("connect-src"), "'self' ws://desk.test wss://desk.test");
  assert.equal(policy.get("base-uri"), "'none'");
  assert.equal(policy.get("form-action"), "'none'");
  assert.equal(policy.get("frame-ancestors"), "'none'");
  assert.equal(answer.headers.get("X-Content-Type-Options"), "nosniff");
  assert.equal(answer.headers.get("Referrer-Policy"), "no-referrer");
  assert.equal(answer.headers.get("Cross-Origin-Opener-Policy"), "same-origin");
}

/** Paths of what the page loads. */
async function linked(page = "/"): Promise<string[]> {
  const html = await (await get(page)).text();
  return [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path as string);
}

test("/: the desk, asked for again each time and spared where it is the same", async () => {
  const answer = await get("/");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("Content-Type"), "text/html; charset=utf-8");
  assert.equal(answer.headers.get("Cache-Control"), "no-cache");
  assertGuarded(answer);
  const tag = answer.headers.get("ETag") ?? "";
  assert.match(tag, /^(W\/)?"[^"]+"$/);
  assert.include(await answer.text(), '<div id="desk">');
  const again = await get("/", { "If-None-Match": tag });
  assert.deepEqual([again.status, await again.text()], [304, ""]);
  assert.equal(again.headers.get("ETag"), tag);
  const head = await get("/?a=b", {}, "HEAD");
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  assertGuarded(head);
});

test("the page holds no script, style or address of its own making", async () => {
  const html = await (await get("/")).text();
  assert.notMatch(html, /<script(?![^>]*\ssrc=)/);
  assert.notMatch(html, /<style|\sstyle=|\son\w+=/);
  for (const path of await linked()) assert.match(path, /^\/(?!\/)/);
});

test("its files: types, and a year where the name says what is in them", async () => {
  const types: Record<string, RegExp> = { js: /^text\/javascript/, css: /^text\/css/, svg: /^image\/svg\+xml/ };
  const paths = await linked();
  assert.deepEqual(paths.map((path) => path.split(".").pop()).sort(), ["css", "css", "js", "js", "js", "js", "js", "svg"]);
  for (const path of paths) {
    const answer = await get(path);
    assert.equal(answer.status, 200, path);
    assert.match(answer.headers.get("Content-Type") ?? "", types[path.split(".").pop() ?? ""] ?? /never/);
    assert.equal(answer.headers.get("Cache-Control"), path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache", path);
    assertGuarded(answer);
    await answer.body?.cancel();
  }
});

test("/inspect: a page of its own, that may ask nobody but this host", async () => {
  const page = await get("/inspect");
  assert.deepEqual([page.status, page.headers.get("Content-Type"), page.headers.get("Cache-Control")], [200, "text/html; charset=utf-8", "no-cache"]);
  assertGuarded(page);
  assert.include(await page.text(), '<div id="inspect">');
  assertGuarded(await getWith({ DEMO_LAB: '{"control":9}', DEMO_LAB_ORIGINS: "http://127.0.0.1:9" }, "/inspect"));
  const paths = await linked("/inspect");
  assert.deepEqual(paths.map((path) => path.split(".").pop()).sort(), ["css", "css", "js", "js", "js", "js", "js", "js", "js", "js", "svg"]);
  for (const path of paths) {
    const answer = await get(path);
    assert.deepEqual(
      [answer.status, answer.headers.get("Cache-Control")],
      [200, path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"],
      path,
    );
    await answer.body?.cancel();
  }
  assert.equal((await get("/inspect", {}, "POST")).status, 405);
});

test("/lab: a page of its own; the demo's counted ways are in its policy and in no other's", async () => {
  const page = await get("/lab");
  assert.deepEqual([page.status, page.headers.get("Content-Type")], [200, "text/html; charset=utf-8"]);
  assertGuarded(page);
  assert.include(await page.text(), '<div id="lab">');
  const variables = { DEMO_LAB: '{"control":9}', DEMO_LAB_ORIGINS: "http://127.0.0.1:9 ws://127.0.0.1:9" };
  const counted = await getWith(variables, "/lab");
  assert.equal(policyOf(counted).get("connect-src"), "'self' ws://desk.test wss://desk.test http://127.0.0.1:9 ws://127.0.0.1:9");
  assert.equal(policyOf(counted).get("script-src"), "'self'");
  assertGuarded(await getWith(variables, "/"));
  assert.equal((await get("/lab.json")).status, 404);
  const told = await getWith(variables, "/lab.json");
  assert.deepEqual([await told.text(), told.headers.get("Cache-Control")], ['{"control":9}', "no-store"]);
});

test("404: a page for people, a problem for programs, and neither is kept", async () => {
  const accept = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
  for (const path of ["/nothing", "/assets/index-00000000.js", "//desk.test/", "/%2e%2e/wrangler.toml", "/desk/main.tsx"]) {
    const page = await get(path, accept);
    assert.deepEqual([page.status, page.headers.get("Content-Type")], [404, "text/html; charset=utf-8"], path);
    assert.equal(page.headers.get("Cache-Control"), "no-store");
    assertGuarded(page);
    assert.include(await page.text(), "Nothing has this path");
    const problem = await get(path);
    assert.deepEqual([problem.status, problem.headers.get("Content-Type")], [404, "application/problem+json"], path);
    assert.equal(problem.headers.get("Cache-Control"), "no-store");
  }
  for (const path of ["/api/v1/nothing", "/finesse/api/User/1", "/.well-known/nothing"]) {
    assert.equal((await get(path, accept)).headers.get("Content-Type"), "application/problem+json", path);
  }
});

test("other methods: 405 where a page is, 404 elsewhere", async () => {
  const page = await get("/", {}, "POST");
  assert.deepEqual([page.status, page.headers.get("Allow")], [405, "GET, HEAD"]);
  assert.equal((await get("/nothing", { Accept: "text/html" }, "PUT")).status, 404);
});

test("/demo.json: what the demo says, else 404", async () => {
  assert.equal((await get("/demo.json")).status, 404);
  const accounts = JSON.stringify({ domain: "demo.test", accounts: [{ id: "7001", password: "x", name: "Ada", role: "agent" }] });
  const answer = await getWith({ DEMO_ACCOUNTS: accounts }, "/demo.json");
  assert.deepEqual([answer.status, answer.headers.get("Content-Type"), answer.headers.get("Cache-Control")], [200, "application/json", "no-store"]);
  assert.equal(await answer.text(), accounts);
});

test("FRAME_ANCESTORS: who may frame the page", async () => {
  for (const [given, header] of [
    ["self", "'self'"],
    ["'none'", "'none'"],
    ["https://finesse.example.com:8445, https://other.example.com/", "https://finesse.example.com:8445 https://other.example.com"],
    ["'self' https://finesse.example.com", "'self' https://finesse.example.com"],
  ] as const) {
    assert.equal(policyOf(await getWith({ FRAME_ANCESTORS: given }, "/")).get("frame-ancestors"), header, given);
  }
  for (const wrong of ["https://a.test; script-src *", "*", "none self", "a.test"]) {
    assert.equal((await getWith({ FRAME_ANCESTORS: wrong }, "/")).status, 500, wrong);
  }
});

test("without the built pages every path still has an answer", async () => {
  assert.equal((await getWith({ ASSETS: undefined } as unknown as Partial<Env>, "/", { Accept: "text/html" })).status, 404);
});
