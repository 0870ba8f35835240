import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  ACCOUNT,
  capsNodeOf,
  capsOf,
  CONTACT,
  LEAF,
  type Profile,
  renderContactPresence,
  renderForm,
  PUBSUB_SERVICE,
  renderInfo,
  renderItems,
  SERVER,
  verificationOf,
} from "../../../xmpp/mod.ts";

const PROFILES: Readonly<Record<string, Profile>> = { SERVER, PUBSUB_SERVICE, LEAF, ACCOUNT, CONTACT };

describe("verificationOf()", () => {
  test("K-01 K-02 XEP-0115 §5.2 the simple example", () => {
    const exodus = {
      identities: [{ category: "client", type: "pc", name: "Exodus 0.9.1" }],
      features: [
        "http://jabber.org/protocol/disco#info",
        "http://jabber.org/protocol/disco#items",
        "http://jabber.org/protocol/muc",
        "http://jabber.org/protocol/caps",
      ],
    };
    expect(verificationOf(exodus)).toBe("QgayPKawpkPSDYmwT/WM94uAlu0=");
  });

  test("K-01 §5.1 identities are sorted by category, type and language, features by their octets", () => {
    const profile = {
      identities: [
        { category: "b", type: "a" },
        { category: "a", type: "c", lang: "el", name: "Ψ" },
        { category: "a", type: "c", lang: "de", name: "x" },
        { category: "a", type: "b" },
      ],
      features: ["\u{1f600}", "\uffe0", "b", "B", "ba"],
    };
    const text = "a/b//<a/c/de/x<a/c/el/Ψ<b/a//<B<b<ba<\uffe0<\u{1f600}<";
    const turned = { identities: [...profile.identities].reverse(), features: [...profile.features].reverse() };
    for (const each of [profile, turned]) expect(verificationOf(each)).toBe(createHash("sha1").update(text).digest("base64"));
  });

  test("K-06 §6.1 what is told does not depend on the order in which it is written", () => {
    const turned = { identities: [...SERVER.identities].reverse(), features: [...SERVER.features].reverse() };
    expect(verificationOf(turned)).toBe(capsOf(SERVER).ver);
  });
});

describe("profiles", () => {
  for (const [name, profile] of Object.entries(PROFILES)) {
    test(`D-01 XEP-0030 §3.1 ${name} has an identity, names disco#info, and nothing twice`, () => {
      expect(profile.identities.length).toBeGreaterThan(0);
      expect(profile.features).toContain("http://jabber.org/protocol/disco#info");
      expect(new Set(profile.features).size).toBe(profile.features.length);
    });
  }

  test("K-07 XEP-0115 §7 capabilities are offered, and nobody's are stripped", () => {
    expect(SERVER.features).toContain("http://jabber.org/protocol/caps");
    for (const { features } of Object.values(PROFILES)) expect(features).not.toContain("http://jabber.org/protocol/caps#optimize");
    const contact = renderContactPresence({ domain: "cc1.acme.test", contact: "finesse", available: true });
    expect(contact.tail).toContain(`<c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="urn:deskwire:caps" ver="${capsOf(CONTACT).ver}"/>`);
  });

  test("D-08 XEP-0128 §2 a form beside the features says of what it is, hidden", () => {
    const form = renderForm({ type: "result", formType: "http://jabber.org/protocol/pubsub#meta-data", fields: [] });
    const info = renderInfo(LEAF, "a", form);
    expect(info).toContain(
      '<x xmlns="jabber:x:data" type="result"><field var="FORM_TYPE" type="hidden"><value>http://jabber.org/protocol/pubsub#meta-data</value></field>',
    );
    expect(info.indexOf("<x ")).toBeGreaterThan(info.lastIndexOf("<feature "));
  });

  test("PI-04 XEP-0199 §5 ping is offered", () => {
    expect(SERVER.features).toContain("urn:xmpp:ping");
  });

  test("K-05 XEP-0115 §6.2 the node of capabilities ends in the hash, and profiles differ in it", () => {
    expect(capsNodeOf(SERVER)).toBe(`urn:deskwire:caps#${capsOf(SERVER).ver}`);
    expect(new Set(Object.values(PROFILES).map(capsNodeOf)).size).toBe(Object.keys(PROFILES).length);
  });

  test("PS-020 §5.1 PS-040 nothing is advertised that is refused", () => {
    for (const feature of ["collections", "multi-collection", "multi-items", "content-filter", "presence-subscribe"]) {
      expect(PUBSUB_SERVICE.features).not.toContain(`http://jabber.org/protocol/pubsub#${feature}`);
    }
  });
});

describe("rendering", () => {
  test("D-03 XEP-0030 §3.2 the node is repeated, and everything escaped", () => {
    expect(renderInfo({ identities: [{ category: "a", type: "b", name: '"', lang: "en" }], features: ["<"] }, "&")).toBe(
      '<query xmlns="http://jabber.org/protocol/disco#info" node="&amp;"><identity category="a" type="b" name="&quot;" xml:lang="en"/><feature var="&lt;"/></query>',
    );
  });

  test("D-04 XEP-0030 §4.1 items have a jid, and perhaps node and name; none are an empty query", () => {
    expect(renderItems([{ jid: "a", node: "b", name: "c" }, { jid: "d" }], "n")).toBe(
      '<query xmlns="http://jabber.org/protocol/disco#items" node="n"><item jid="a" node="b" name="c"/><item jid="d"/></query>',
    );
    expect(renderItems([])).toBe('<query xmlns="http://jabber.org/protocol/disco#items"/>');
  });
});
