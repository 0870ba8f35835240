import { assert, test } from "vitest";
import { decodeItem, keyOf, nodeOfPath, payloadOfXml } from "../../worker/api/nodes.ts";
import type { Problem, ProblemCode } from "../../worker/problem.ts";
import { parseDocument, textOf, wrapText } from "../../xmpp/mod.ts";

function codeOf(work: () => unknown): ProblemCode | undefined {
  try {
    work();
    return undefined;
  } catch (fault) {
    return (fault as Problem).code;
  }
}

test("nodeOfPath(): XEP-0060 §12.9 one encoded segment, or slashes as a proxy decoded them, are the same node", () => {
  const node = "/finesse/api/Team/42/Users";
  assert.equal(nodeOfPath("/api/v1/nodes/%2Ffinesse%2Fapi%2FTeam%2F42%2FUsers/items"), node);
  assert.equal(nodeOfPath("/api/v1/nodes/%2ffinesse%2fapi/Team%2F42/Users/items"), node);
  assert.equal(nodeOfPath("/api/v1/nodes//finesse/api/Team/42/Users/items"), node);
  assert.equal(nodeOfPath("/api/v1/nodes/%2Ffinesse%2Fapi%2FTeam%2Fitems%2FUsers/items"), "/finesse/api/Team/items/Users");
  assert.equal(nodeOfPath("/api/v1/nodes/%2Fa%252Fb/items"), "/a%2Fb", "decoded once");
});

test("nodeOfPath(): what names no node", () => {
  for (const path of ["/api/v1/nodes/items", "/api/v1/nodes//items", "/api/v1/nodes/x", "/api/v1/nodes/%00/items"]) {
    assert.equal(
      codeOf(() => nodeOfPath(path)),
      "node-not-found",
      path,
    );
  }
  assert.equal(
    codeOf(() => nodeOfPath("/api/v1/nodes/%zz/items")),
    "invalid-path",
  );
});

test("keyOf(): 1 to 255 visible ASCII characters, quoted or not", () => {
  assert.isNull(keyOf(undefined));
  assert.equal(keyOf("a-1"), "a-1");
  assert.equal(keyOf('"a-1"'), "a-1");
  for (const wrong of ["", '""', "a b", "ä", "x".repeat(256)])
    assert.equal(
      codeOf(() => keyOf(wrong)),
      "invalid-idempotency-key",
    );
});

test("payloadOfXml(): a document becomes the escaped text of a notification, as it came", () => {
  const body = '<?xml version="1.0"?>\n<Update a="1">\r\n<data>&lt;</data></Update>';
  const payload = payloadOfXml(body, 32);
  assert.equal(payload, wrapText(body));
  const { element } = parseDocument(payload, { maxDepth: 2 });
  assert.equal(element?.name, "notification");
  assert.equal(element && textOf(element), body);
});

test("payloadOfXml(): a notification is published as it is", () => {
  const payload = payloadOfXml('<notification xmlns="urn:x"><a/></notification>', 32);
  assert.equal(payload, '<notification xmlns="urn:x"><a/></notification>');
});

test("payloadOfXml(): refusals", () => {
  assert.equal(
    codeOf(() => payloadOfXml(" \n", 32)),
    "empty-body",
  );
  for (const wrong of ["text", "<a>", "<a/><b/>", "<p:a/>", "<!DOCTYPE a><a/>", "<a><b><c/></b></a>", '\n<?xml version="1.0"?><a/>']) {
    assert.equal(
      codeOf(() => payloadOfXml(wrong, 2)),
      "not-well-formed",
      wrong,
    );
  }
});

test("decodeItem(): text as it is, anything else as JSON text", () => {
  assert.deepEqual(decodeItem({ payload: "<Update/>" }), { id: null, payload: wrapText("<Update/>") });
  assert.deepEqual(decodeItem({ id: "i1", payload: { a: [1] } }), { id: "i1", payload: wrapText('{"a":[1]}') });
  assert.deepEqual(decodeItem({ payload: 7 }), { id: null, payload: wrapText("7") });
});

test("decodeItem(): refusals", () => {
  for (const wrong of [
    {},
    { payload: "" },
    { payload: true },
    { payload: null },
    { payload: "\u0000" },
    { payload: "\ud800" },
    { payload: "\ufffe" },
    { payload: "x", id: "" },
    { payload: "x", id: "a\n" },
    { payload: "x", id: "i".repeat(256) },
    { payload: "x", node: "y" },
    [],
  ]) {
    assert.equal(
      codeOf(() => decodeItem(wrong)),
      "invalid-body",
      JSON.stringify(wrong),
    );
  }
});
