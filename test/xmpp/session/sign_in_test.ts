import { describe, expect, test } from "vitest";
import { auth, b64, conditionOf, DOMAIN, effectsOf, open, opened, plain, SASL, sent, upgraded } from "./support.ts";

const ok = `<success xmlns="${SASL}"/>`;
const response = (data: string): string => `<response xmlns="${SASL}">${data}</response>`;

describe("PLAIN", () => {
  const accepted = [
    { rule: "C-3B §6.3.7 the localpart", frame: plain("7001") },
    { rule: "C-3B §6.3.7 the localpart in any case", frame: plain("LEAD1", { password: "pw-lead1" }) },
    { rule: "C-3B §6.3.7 the bare jid", frame: plain(`7001@${DOMAIN}`, { password: "pw-7001" }) },
    { rule: "T-01 the own bare jid as authzid", frame: plain("7001", { authzid: `7001@${DOMAIN}` }) },
    { rule: "T-07 the own bare jid as authzid, in another case", frame: plain("lead1", { authzid: `Lead1@CC1.acme.test` }) },
  ];
  for (const { rule, frame } of accepted) {
    test(`${rule} is accepted`, () => {
      const told = opened();
      expect(sent(told, frame)).toEqual([ok]);
      expect(told.desk.stream.phase).toBe("restarting");
    });
  }

  const refused = [
    { rule: "C-39 §6.5.6 an authzid of somebody else", frame: plain("7001", { authzid: `7002@${DOMAIN}` }), gives: "invalid-authzid" },
    { rule: "C-39 §6.3.8 an authzid with a resource", frame: plain("7001", { authzid: `7001@${DOMAIN}/a` }), gives: "invalid-authzid" },
    { rule: "C-39 §6.5.6 an authzid that is no jid", frame: plain("7001", { authzid: "a@b@c" }), gives: "invalid-authzid" },
    { rule: "C-36 §6.5.10 a wrong password", frame: plain("7001", { password: "no" }), gives: "not-authorized" },
    { rule: "S2-07 §6.5.10 an unknown user", frame: plain("nobody"), gives: "not-authorized" },
    { rule: "A-17 §6.5.10 a name that is none", frame: plain("a b"), gives: "not-authorized" },
    { rule: "§6.5.10 a user of another domain", frame: plain("7001@example.org", { password: "pw-7001" }), gives: "not-authorized" },
    { rule: "§6.5.10 a full jid as name", frame: plain(`7001@${DOMAIN}/a`, { password: "pw-7001" }), gives: "not-authorized" },
    { rule: "A-01 §6.5.8 one NUL", frame: auth("PLAIN", b64("7001\0pw-7001")), gives: "malformed-request" },
    { rule: "A-01 §6.5.8 three NULs", frame: auth("PLAIN", b64("\x007001\0pw\0")), gives: "malformed-request" },
    { rule: "C-33 §6.4.2 = is an empty message", frame: auth("PLAIN", "="), gives: "malformed-request" },
    { rule: "C-32 §6.5.5 not base64", frame: auth("PLAIN", "%%%%"), gives: "incorrect-encoding" },
    { rule: "C-32 §6.5.5 white space in base64", frame: auth("PLAIN", ` ${b64("\x007001\0pw-7001")}`), gives: "incorrect-encoding" },
    { rule: "C-32 §6.5.5 pad bits that are not zero", frame: auth("PLAIN", "AGF="), gives: "incorrect-encoding" },
    { rule: "§6.5.7 an unknown mechanism", frame: auth("DIGEST-MD5"), gives: "invalid-mechanism" },
    { rule: "§6.5.7 no mechanism", frame: `<auth xmlns="${SASL}"/>`, gives: "invalid-mechanism" },
    { rule: "A-08 §6 a mechanism with channel binding", frame: auth("SCRAM-SHA-1-PLUS", b64("p=tls-exporter,,n=7001,r=a")), gives: "invalid-mechanism" },
  ];
  for (const { rule, frame, gives } of refused) {
    test(`${rule} fails with ${gives}`, () => {
      const told = opened();
      expect(sent(told, frame)).toEqual([`<failure xmlns="${SASL}"><${gives}/></failure>`]);
      expect(sent(told, plain("7001")), "C-36 §6.4.5 the stream stays open for another try").toEqual([ok]);
    });
  }

  test("C-33 §6.4.2 without initial response, an empty challenge; the response is taken for it", () => {
    const told = opened();
    expect(sent(told, auth("PLAIN"))).toEqual([`<challenge xmlns="${SASL}"/>`]);
    expect(sent(told, response(b64("\x007001\0pw-7001")))).toEqual([ok]);
  });

  test("C-35 §6.4.4 abort ends the attempt, and is no wrong guess", () => {
    const told = opened({ maxAuthAttempts: 1 });
    sent(told, auth("PLAIN"));
    expect(sent(told, `<abort xmlns="${SASL}"/>`)).toEqual([`<failure xmlns="${SASL}"><aborted/></failure>`]);
    expect(sent(told, plain("7001"))).toEqual([ok]);
  });

  test("§6.5.8 a response to nothing is malformed", () => {
    expect(conditionOf(sent(opened(), response("="))[0])).toBe("malformed-request");
  });

  test("C-38 §6.4.6 who said in open to be somebody else", () => {
    const told = upgraded();
    sent(told, open(`to="${DOMAIN}" version="1.0" from="7002@${DOMAIN}"`));
    expect(conditionOf(sent(told, plain("7001"))[0])).toBe("invalid-authzid");
    expect(sent(told, plain("7002"))).toEqual([ok]);
  });

  test("C-37 §6.4.5 the last failure that is allowed ends the stream", () => {
    const told = opened();
    const wrong = plain("7001", { password: "no" });
    expect(effectsOf(told, wrong, wrong)).toEqual(["checkPassword", "send", "checkPassword", "send"]);
    expect(effectsOf(told, wrong)).toEqual(["checkPassword", "send", "send", "send", "closeSocket", "ended"]);
    expect(sent(told).map(conditionOf)).toEqual(["not-authorized", "not-authorized", "not-authorized", "policy-violation", ""]);
    expect(sent(told, plain("7001")), "nothing is heard any more").toEqual([]);
  });

  test("§6.5.11 who cannot be checked now is told so, and it is no wrong guess", () => {
    const told = opened({ maxAuthAttempts: 1 });
    told.shell.unavailable = true;
    expect(sent(told, plain("7001")).map(conditionOf)).toEqual(["temporary-auth-failure"]);
    expect(sent(told, auth("SCRAM-SHA-1", b64("n,,n=7001,r=abc"))).map(conditionOf)).toEqual(["temporary-auth-failure"]);
    told.shell.unavailable = false;
    expect(sent(told, plain("7001"))).toEqual([ok]);
  });

  test("C-3C finesse-strict knows PLAIN alone", () => {
    expect(conditionOf(sent(opened({ profile: "finesse-strict" }), auth("SCRAM-SHA-256", b64("n,,n=7001,r=a")))[0])).toBe("invalid-mechanism");
  });

  test("C-30 §6.4.6 after success only an open is awaited", () => {
    const told = opened();
    sent(told, plain("7001"));
    expect(sent(told, plain("7001")).map(conditionOf)).toEqual(["", "unsupported-stanza-type", ""]);
  });

  test("a password is nowhere in the record of the stream", () => {
    const told = opened();
    sent(told, plain("7001"));
    expect(JSON.stringify(told.desk.stream)).not.toContain("pw-7001");
  });
});

describe("SCRAM", () => {
  const first = (message: string): string => auth("SCRAM-SHA-1", b64(message));
  const begin = (told: ReturnType<typeof opened>, message: string): string => {
    const [challenge = ""] = sent(told, first(message));
    return atob(/<challenge[^>]*>(.*)<\/challenge>/.exec(challenge)?.[1] ?? "");
  };

  const refused = [
    { rule: "A-03 §5 no gs2 header", message: "n=7001,r=a", gives: "malformed-request" },
    { rule: "A-03 §5 attributes in another order", message: "n,,r=a,n=7001", gives: "malformed-request" },
    { rule: "A-03 §5.1 a mandatory extension", message: "n,,m=a,n=7001,r=a", gives: "malformed-request" },
    { rule: "A-04 §5.1 an equals sign that is no escape", message: "n,,n=a=b,r=a", gives: "malformed-request" },
    { rule: "A-07 §6 channel binding", message: "p=tls-unique,,n=7001,r=a", gives: "malformed-request" },
    { rule: "C-39 §6.5.6 an authzid of somebody else", message: `n,a=7002@${DOMAIN},n=7001,r=a`, gives: "invalid-authzid" },
    { rule: "A-03 §5.1 a message that is too long", message: `n,,n=7001,r=a,x=${"x".repeat(2048)}`, gives: "malformed-request" },
    { rule: "A-04 a name that is none", message: "n,,n=a/b,r=a", gives: "not-authorized" },
  ];
  for (const { rule, message, gives } of refused) {
    test(`${rule} fails with ${gives}`, () => {
      expect(sent(opened(), first(message)).map(conditionOf)).toEqual([gives]);
    });
  }

  test("A-03 octets that are no UTF-8 are malformed", () => {
    expect(sent(opened(), auth("SCRAM-SHA-1", "/w==")).map(conditionOf)).toEqual(["malformed-request"]);
  });

  test("A-05 §5.1 the server's nonce is the client's and more, and new each time", () => {
    const told = opened();
    const nonces = [begin(told, "n,,n=7001,r=abc"), begin(told, "n,,n=7001,r=abc")].map((text) => /^r=([^,]+)/.exec(text)?.[1]);
    expect(nonces[0]).toMatch(/^abc./);
    expect(nonces[1]).not.toBe(nonces[0]);
  });

  const finals = [
    { rule: "A-05 §5.1 another nonce", final: "c=biws,r=abc,p=AAAA", gives: "not-authorized" },
    { rule: "A-06 §6 another binding", final: "c=eSws,r={nonce},p=AAAA", gives: "not-authorized" },
    { rule: "§7 no proof", final: "c=biws,r={nonce}", gives: "malformed-request" },
    { rule: "A-10 §3 a wrong proof", final: "c=biws,r={nonce},p=AAAAAAAAAAAAAAAAAAAAAAAAAAA=", gives: "not-authorized" },
    { rule: "§7 octets that are no UTF-8", octets: "/w==", gives: "malformed-request" },
    { rule: "§3 a proof too short", final: "c=biws,r={nonce},p=AAAA", gives: "not-authorized" },
  ];
  for (const { rule, final = "", octets, gives } of finals) {
    test(`${rule} fails with ${gives}, and the attempt is over`, () => {
      const told = opened();
      const nonce = /^r=([^,]+)/.exec(begin(told, "n,,n=7001,r=abc"))?.[1] ?? "";
      expect(sent(told, response(octets ?? b64(final.replace("{nonce}", nonce)))).map(conditionOf)).toEqual([gives]);
      expect(told.desk.stream.sasl).toBeNull();
    });
  }

  test("C-32 §6.5.5 a final message that is not base64", () => {
    const told = opened();
    begin(told, "n,,n=7001,r=abc");
    expect(sent(told, response("!")).map(conditionOf)).toEqual(["incorrect-encoding"]);
  });

  test("A-09 an unknown user is asked for a proof like anybody", () => {
    expect(begin(opened(), "n,,n=nobody,r=abc")).toMatch(/^r=abc[^,]+,s=[^,]+,i=\d+$/);
  });

  test("C-34 §6.4.2 a second auth drops the first", () => {
    const told = opened();
    begin(told, "n,,n=7001,r=abc");
    expect(sent(told, plain("7002"))).toEqual([ok]);
    expect(told.desk.stream).toMatchObject({ jid: `7002@${DOMAIN}`, sasl: null });
  });
});
