import { assert, test } from "vitest";
import { decodeLine, decodeTeam, decodeUser, MAX_PEOPLE, sentenceOf } from "../../worker/api/decode.ts";

const pointers = ({ errors }: { errors?: readonly { pointer: string }[] }) => errors?.map(({ pointer }) => pointer);

test("decodeUser(): what is given and nothing else", () => {
  assert.deepEqual(decodeUser({ role: "agent" }, "7").value, { id: "7", role: "agent" });
  assert.deepEqual(decodeUser({ role: "admin", password: "p", name: "N" }, "7").value, { id: "7", role: "admin", password: "p", name: "N" });
  assert.deepEqual(decodeUser({ role: "admin", displayName: "N" }, "7").value, { id: "7", role: "admin", name: "N" });
  assert.deepEqual(decodeUser({ role: "admin", password: null }, "7").value, { id: "7", role: "admin" });
});

test("decodeUser(): every mistake is named with its place (RFC 6901 §6)", () => {
  const wrong = { password: 1, role: "boss", name: [], "pass word/~": 1 };
  assert.deepEqual(pointers(decodeUser(wrong, "7")), ["#/pass%20word~1~0", "#/password", "#/role", "#/name"]);
  assert.deepEqual(pointers(decodeUser({}, "7")), ["#/role"]);
  assert.deepEqual(pointers(decodeUser({ role: "agent", name: "a", displayName: "b" }, "7")), ["#/displayName"]);
  for (const body of [null, [], "x", 1]) assert.deepEqual(pointers(decodeUser(body, "7")), ["#"]);
  assert.deepEqual(pointers(decodeUser(JSON.parse('{"role":"agent","__proto__":1}'), "7")), ["#/__proto__"]);
});

test("decodeTeam(): people not named are none; a wrong one is named by its index", () => {
  assert.deepEqual(decodeTeam({}, "42").value, { id: "42", members: [], supervisors: [] });
  assert.deepEqual(decodeTeam({ name: "T", members: ["a"], supervisors: ["s"] }, "42").value, { id: "42", name: "T", members: ["a"], supervisors: ["s"] });
  assert.deepEqual(pointers(decodeTeam({ members: ["a", 7], supervisors: "s" }, "42")), ["#/members/1", "#/supervisors"]);
  assert.deepEqual(pointers(decodeTeam({ members: new Array(MAX_PEOPLE + 1).fill("a") }, "42")), ["#/members"]);
});

test("decodeLine(): users and teams", () => {
  assert.deepEqual(decodeLine({ kind: "user", id: "a", role: "agent", password: "p" }).value, { kind: "user", id: "a", role: "agent", password: "p" });
  assert.deepEqual(decodeLine({ kind: "team", id: "42", members: ["a"] }).value, { kind: "team", id: "42", members: ["a"], supervisors: [] });
  assert.deepEqual(pointers(decodeLine({ kind: "queue", id: "a" })), ["#/kind"]);
  assert.deepEqual(pointers(decodeLine([])), ["#/kind"]);
  assert.deepEqual(pointers(decodeLine({ kind: "user", role: "agent" })), ["#/id"]);
  assert.deepEqual(pointers(decodeLine({ kind: "team", id: "42", role: "agent" })), ["#/role"]);
});

test("sentenceOf(): all in one line", () => {
  assert.equal(
    sentenceOf([
      { pointer: "#/a", detail: "is required" },
      { pointer: "#/b", detail: "must be a string" },
    ]),
    "#/a is required; #/b must be a string",
  );
});
