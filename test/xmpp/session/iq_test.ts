import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ROUTES } from "../../../xmpp/session/iq.ts";
import { bound, conditionOf, DOMAIN, effectsOf, FULL, PUBSUB, sent } from "./support.ts";

const iq = (inside: string, { type = "get", to = "", id = "i", more = "" } = {}): string =>
  `<iq xmlns="jabber:client" type="${type}" id="${id}"${to && ` to="${to}"`}${more}>${inside}</iq>`;
const PING = '<ping xmlns="urn:xmpp:ping"/>';
const query = (ns: string, attrs = ""): string => `<query xmlns="${ns}"${attrs}/>`;
const INFO = "http://jabber.org/protocol/disco#info";
const ITEMS = "http://jabber.org/protocol/disco#items";

const ADDRESSES = { account: "", domain: DOMAIN, pubsub: PUBSUB, contact: `finesse@${DOMAIN}/service` };

describe("takeIq()", () => {
  for (const [name, to] of Object.entries(ADDRESSES)) {
    test(`PI-01 T-03 §4.2 C-67 a ping to the ${name} is answered with addresses swapped`, () => {
      const from = to && ` from="${to}"`;
      expect(sent(bound(), iq(PING, { to }))).toEqual([`<iq xmlns="jabber:client" type="result" id="i"${from} to="${FULL}"/>`]);
    });
  }

  test("T-07 the own bare jid in another case is known, and given back as it was written", () => {
    expect(sent(bound("lead1"), iq(PING, { to: `LEAD1@${DOMAIN}` }))).toEqual([
      `<iq xmlns="jabber:client" type="result" id="i" from="LEAD1@${DOMAIN}" to="lead1@${DOMAIN}/desktop"/>`,
    ]);
  });

  const unavailable = [
    { rule: "PI-05 §7 a ping to a full jid", frame: iq(PING, { to: `7002@${DOMAIN}/desktop` }) },
    { rule: "PI-05 §7 a ping to a user with the contact's resource", frame: iq(PING, { to: `7002@${DOMAIN}/service` }) },
    { rule: "PI-05 §7 a ping to the contact's bare jid", frame: iq(PING, { to: `finesse@${DOMAIN}` }) },
    { rule: "C-6D §10.5.3.1 a ping to a user, known or not", frame: iq(PING, { to: `nobody@${DOMAIN}` }) },
    { rule: "C-6C §10.5.2 a ping to a resource of the domain", frame: iq(PING, { to: `${DOMAIN}/a` }) },
    { rule: "a ping to a user of the pubsub service", frame: iq(PING, { to: `a@${PUBSUB}` }) },
    { rule: "PI-03 §4 a ping that sets", frame: iq(PING, { type: "set" }) },
    { rule: "C-69 §8.4 an unknown payload", frame: iq("<a xmlns='b'/>", { type: "set" }) },
    { rule: "C-69 §8.4 a known payload elsewhere", frame: iq(query("jabber:iq:roster"), { to: PUBSUB }) },
    { rule: "XEP-0060 §9 pubsub on an account", frame: iq('<pubsub xmlns="http://jabber.org/protocol/pubsub"/>', { type: "set" }) },
    { rule: "D-05 D-06 §8 disco#info of somebody else", frame: iq(query(INFO), { to: `7002@${DOMAIN}` }) },
    { rule: "vcard-temp, which old clients ask for", frame: iq("<vCard xmlns='vcard-temp'/>") },
  ];
  for (const { rule, frame } of unavailable) {
    test(`${rule} is service-unavailable`, () => {
      expect(sent(bound(), frame).map(conditionOf)).toEqual(["service-unavailable"]);
    });
  }

  const bad = [
    { rule: "C-63 §8.1.3 no id", frame: '<iq xmlns="jabber:client" type="get"><ping xmlns="urn:xmpp:ping"/></iq>' },
    { rule: "C-64 §8.2.3 no type", frame: '<iq xmlns="jabber:client" id="i"><ping xmlns="urn:xmpp:ping"/></iq>' },
    { rule: "C-64 §8.2.3 a type that is none", frame: iq(PING, { type: "subscribe" }) },
    { rule: "C-64 §8.2.3 no payload", frame: iq("") },
    { rule: "C-64 §8.2.3 two payloads", frame: iq(PING + PING) },
  ];
  for (const { rule, frame } of bad) {
    test(`${rule} is bad-request`, () => {
      const [answer = ""] = sent(bound(), frame);
      expect(conditionOf(answer)).toBe("bad-request");
      expect(answer).toContain(frame.includes(' id="') ? 'id="i"' : 'id=""');
    });
  }

  test("C-65 §8.2.3 results and errors are never answered", () => {
    expect(effectsOf(bound(), iq("", { type: "result" }), iq("", { type: "error" }), iq(PING, { type: "result", to: "a@b@c" }))).toEqual([]);
  });

  test("C-65 §8.2.3 where stanzas are counted, a result or an error tells what it answers, and nothing else", () => {
    const managed = bound();
    managed.desk.send('<enable xmlns="urn:xmpp:sm:3" resume="true"/>');
    const answers = [iq("", { type: "result", id: "mine" }), iq("", { type: "error", id: "too" }), iq("", { type: "result", id: "" })];
    expect(effectsOf(managed, ...answers)).toEqual(["answerTaken", "answerTaken"]);
    expect(managed.desk.effects).toEqual([
      { effect: "answerTaken", id: "mine" },
      { effect: "answerTaken", id: "too" },
    ]);
  });

  test("C-6G §10.4 another domain is not reached", () => {
    expect(sent(bound(), iq(PING, { to: "example.org" })).map(conditionOf)).toEqual(["remote-server-not-found"]);
    expect(sent(bound(), iq(PING, { to: "7001@cc2.acme.test" })).map(conditionOf)).toEqual(["remote-server-not-found"]);
  });

  for (const to of ["@", "a@b@c", "a b@c", "/", `${DOMAIN}/`, `&quot;@${DOMAIN}`]) {
    test(`A-17 §8.3.3.8 jid-malformed: ${to}; it is not echoed as from`, () => {
      const [answer = ""] = sent(bound(), iq(PING, { to }));
      expect(conditionOf(answer)).toBe("jid-malformed");
      expect(answer).toContain(` from="${DOMAIN}"`);
    });
  }

  for (const from of [`7002@${DOMAIN}/desktop`, DOMAIN, "a@b@c"]) {
    test(`C-60 §8.1.2.1 a from of ${from} is not believed`, () => {
      expect(sent(bound(), iq(PING, { more: ` from="${from}"` }))).toEqual([`<iq xmlns="jabber:client" type="result" id="i" to="${FULL}"/>`]);
    });
  }

  test("VE-01 XEP-0092 §2 the server tells its name and version, as the package has them; nobody else does", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(sent(bound(), iq(query("jabber:iq:version"), { to: DOMAIN }))[0]).toContain(
      `<query xmlns="jabber:iq:version"><name>Deskwire</name><version>${version}</version></query>`,
    );
    expect(sent(bound(), iq(query("jabber:iq:version"), { to: PUBSUB })).map(conditionOf)).toEqual(["service-unavailable"]);
  });

  test("what finesse-strict does not have is neither announced nor there", () => {
    const strict = bound("7001", { profile: "finesse-strict" });
    for (const [type, inside] of [
      ["get", query("jabber:iq:version")],
      ["set", '<enable xmlns="urn:xmpp:carbons:2"/>'],
      ["get", '<blocklist xmlns="urn:xmpp:blocking"/>'],
    ] as const)
      expect(sent(strict, iq(inside, { type, to: DOMAIN })).map(conditionOf)).toEqual(["service-unavailable"]);
    for (const to of ["", DOMAIN]) expect(sent(strict, iq(query(INFO), { to }))[0]).not.toMatch(/carbons|blocking|version/);
    expect(sent(strict, '<inactive xmlns="urn:xmpp:csi:0"/>')[0]).toContain("<unsupported-stanza-type");
  });

  test("BL-02 CC-02 D-01 the domain and the account say that lists and copies can be had", () => {
    for (const to of ["", DOMAIN]) {
      const [told = ""] = sent(bound(), iq(query(INFO), { to }));
      for (const feature of ["urn:xmpp:blocking", "urn:xmpp:carbons:2"]) expect(told).toContain(`<feature var="${feature}"/>`);
    }
  });

  test("C-58 the legacy session is an empty result", () => {
    expect(sent(bound(), iq('<session xmlns="urn:ietf:params:xml:ns:xmpp-session"/>', { type: "set" }))).toEqual([
      `<iq xmlns="jabber:client" type="result" id="i" to="${FULL}"/>`,
    ]);
  });

  test("RFC 6121 §2.1.4 the roster holds the contact; §2.3.3 a set without an item is none", () => {
    const told = bound();
    expect(sent(told, iq(query("jabber:iq:roster")))[0]).toContain(`<item jid="finesse@${DOMAIN}" name="finesse" subscription="both"/>`);
    expect(sent(told, iq(query("jabber:iq:roster"), { type: "set" })).map(conditionOf)).toEqual(["bad-request"]);
  });

  const discoverable = [
    { rule: "D-01 §3.1 the server", to: DOMAIN, identity: 'category="server" type="im"' },
    { rule: "PS-020 §5.1 the pubsub service", to: PUBSUB, identity: 'category="pubsub" type="service"' },
    { rule: "D-05 §8 the own account", to: "", identity: 'category="account" type="registered"' },
    { rule: "K-04 the contact, whose presence has capabilities", to: `finesse@${DOMAIN}/service`, identity: 'category="client" type="bot"' },
  ];
  for (const { rule, to, identity } of discoverable) {
    test(`${rule} tells what it is, and names disco#info and ping`, () => {
      const [answer = ""] = sent(bound(), iq(query(INFO), { to }));
      expect(answer).toContain(`<identity ${identity}`);
      expect(answer).toContain(`<feature var="${INFO}"/>`);
      expect(answer).toContain('<feature var="urn:xmpp:ping"/>');
    });
  }

  test("D-07 §6.3 whoever asks is told the same", () => {
    for (const to of [DOMAIN, PUBSUB, `finesse@${DOMAIN}/service`]) {
      const answers = ["7001", "lead1", "backend"].map((user) => /<query.*<\/query>/.exec(sent(bound(user), iq(query(INFO), { to }))[0] ?? "")?.[0]);
      expect(answers[0]).toContain("<identity");
      expect(new Set(answers).size).toBe(1);
    }
  });

  test("D-01 every feature told by the server is routed there", () => {
    const [answer = ""] = sent(bound(), iq(query(INFO), { to: DOMAIN }));
    const told = [...answer.matchAll(/var="([^"]+)"/g)].map(([, feature = ""]) => feature).filter((feature) => !feature.endsWith("/caps"));
    const routed = Object.entries(ROUTES)
      .filter(([, routes]) => routes.domain)
      .map(([key]) => key);
    expect(told.filter((feature) => !routed.some((key) => key.includes(`{${feature}}`)))).toEqual([]);
  });

  test("K-05 §6.2 the node of our capabilities is answered and repeated (D-03 §3.2)", () => {
    const told = bound();
    const ver = /ver="([^"]+)"/.exec(sent(told, '<presence xmlns="jabber:client"/>').at(-1) ?? "")?.[1];
    const node = `urn:deskwire:caps#${ver}`;
    expect(sent(told, iq(query(INFO, ` node="${node}"`), { to: `finesse@${DOMAIN}/service` }))[0]).toContain(`<query xmlns="${INFO}" node="${node}"><identity`);
  });

  test("D-02 §3.1 an unknown node is item-not-found", () => {
    for (const to of ["", DOMAIN, PUBSUB]) expect(sent(bound(), iq(query(INFO, ' node="a"'), { to })).map(conditionOf)).toEqual(["item-not-found"]);
  });

  test("PS-022 §5.3 a node is a leaf; to whom it is hidden, it is not there", () => {
    const node = ' node="/finesse/api/Team/42/Users"';
    expect(sent(bound("7001"), iq(query(INFO, node), { to: PUBSUB }))[0]).toContain(`<query xmlns="${INFO}"${node}><identity category="pubsub" type="leaf"/>`);
    expect(sent(bound("7002"), iq(query(INFO, node), { to: PUBSUB })).map(conditionOf)).toEqual(["item-not-found"]);
  });

  test("D-09 the server's items are the pubsub service", () => {
    expect(sent(bound(), iq(query(ITEMS), { to: DOMAIN }))[0]).toContain(`<item jid="${PUBSUB}" name="Deskwire notifications"/>`);
  });

  test("D-04 §4.1 no items are an empty query, never an error", () => {
    for (const to of ["", `finesse@${DOMAIN}/service`]) expect(sent(bound(), iq(query(ITEMS), { to }))[0]).toContain(`${query(ITEMS)}</iq>`);
  });

  test("D-02 §7 items of a node that is not there are item-not-found", () => {
    for (const to of ["", DOMAIN, PUBSUB, `finesse@${DOMAIN}/service`])
      expect(sent(bound(), iq(query(ITEMS, ' node="a"'), { to })).map(conditionOf)).toEqual(["item-not-found"]);
  });

  test("PS-021 §5.2 the service's items are the nodes that one may know", () => {
    const [answer = ""] = sent(bound(), iq(query(ITEMS), { to: PUBSUB }));
    expect(answer).toContain(`<item jid="${PUBSUB}" node="/finesse/api/User/7001"/>`);
    expect(answer).toContain('node="/finesse/api/Team/42/Users"');
    expect(answer).not.toContain("7002");
  });
});
