/**
 * What a client of today asks for beside rosters and messages: XEP-0030, 0092, 0191, 0198, 0199, 0280, 0352.
 *
 * @module
 */

import type { Person } from "./person.ts";
import type { Scenarios } from "./stage.ts";

const PING = '<ping xmlns="urn:xmpp:ping"/>';
const INFO = '<query xmlns="http://jabber.org/protocol/disco#info"/>';
const ITEMS = '<query xmlns="http://jabber.org/protocol/disco#items"/>';
const VERSION = '<query xmlns="jabber:iq:version"/>';
const BLOCKING = "urn:xmpp:blocking";
const CARBONS = "urn:xmpp:carbons:2";

const block = (...jids: readonly string[]): string => `<block xmlns="${BLOCKING}">${jids.map((jid) => `<item jid="${jid}"/>`).join("")}</block>`;
const unblock = (...jids: readonly string[]): string => `<unblock xmlns="${BLOCKING}">${jids.map((jid) => `<item jid="${jid}"/>`).join("")}</unblock>`;
const carbons = (what: "enable" | "disable"): string => `<${what} xmlns="${CARBONS}"/>`;

async function listOf(person: Person): Promise<string> {
  return String(await person.get(`<blocklist xmlns="${BLOCKING}"/>`));
}

export const EXTENSIONS: Scenarios = {
  "XEP-0030 §3.1 what the server is and can do": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const info = String(await ada.get(INFO, stage.domain));
    for (const part of [
      "<identity",
      'category="server"',
      "http://jabber.org/protocol/disco#info",
      "http://jabber.org/protocol/disco#items",
      "jabber:iq:roster",
    ]) {
      if (!info.includes(part)) throw new Error(`${part}: ${info}`);
    }
    for (const ns of ["urn:xmpp:ping", BLOCKING, CARBONS, "jabber:iq:version"]) if (!info.includes(ns)) throw new Error(`${ns}: ${info}`);
    const items = await ada.get(ITEMS, stage.domain);
    if (items.attrs["type"] !== "result") throw new Error(String(items));
  },
  "XEP-0030 §3.1 a node that is not": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    await ada.refused("item-not-found", "get", INFO.replace("/>", ' node="no-such-node"/>'), stage.domain);
  },
  "XEP-0030 §3 the own account, and a contact's": async (stage) => {
    const [ada, bob] = await stage.friends();
    for (const to of [ada.bare, bob.bare]) {
      const info = String(await ada.get(INFO, to));
      if (!info.includes('category="account"')) throw new Error(`${to}: ${info}`);
    }
  },
  "XEP-0030 §8 a stranger's account is not told": async (stage) => {
    const [ada, bob] = await stage.two();
    const info = await ada.get(INFO, bob.bare);
    if (info.attrs["type"] === "error" && !String(info).includes("service-unavailable")) throw new Error(String(info));
  },
  "XEP-0030 discovery of a contact's client": async (stage) => {
    const [ada, bob] = await stage.friends();
    const answer = await ada.get(INFO, bob.jid);
    if (answer.attrs["from"] !== bob.jid) throw new Error(String(answer));
  },
  "XEP-0092 §2 the server's version": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const answer = (await ada.get(VERSION, stage.domain)).getChild("query");
    if (!answer?.getChildText("name") || !answer.getChildText("version")) throw new Error(String(answer));
  },
  "XEP-0199 §4 pings: of a client to the server, the account, another client": async (stage) => {
    const [ada, bob] = await stage.friends();
    for (const to of [stage.domain, ada.bare, undefined]) {
      const answer = await ada.get(PING, to);
      if (answer.attrs["type"] !== "result") throw new Error(String(answer));
    }
    const answer = await ada.get(PING, bob.jid);
    if (answer.attrs["from"] !== bob.jid) throw new Error(String(answer));
  },
  "XEP-0199 a client pings itself": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const answer = await ada.get(PING, ada.jid);
    if (answer.attrs["from"] !== ada.jid) throw new Error(String(answer));
  },
  "XEP-0191 §3.1 an empty list": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const list = await listOf(ada);
    if (!list.includes("<blocklist") || list.includes("<item")) throw new Error(list);
  },
  "XEP-0191 §3.2 §3.3 blocked and unblocked: the list, and pushes to who has it": async (stage) => {
    const user = stage.newcomer();
    const [one, two] = [await stage.signIn({ user, resource: "one" }), await stage.signIn({ user, resource: "two" })];
    const bob = stage.bareOf(stage.newcomer());
    await listOf(one);
    await listOf(two);
    await one.done(block(bob));
    for (const each of [one, two]) await each.until({ name: "iq", type: "set", has: ["<block ", `jid="${bob}"`] });
    if (!(await listOf(one)).includes(bob)) throw new Error("not on the list");
    await two.done(unblock(bob));
    for (const each of [one, two]) await each.until({ name: "iq", type: "set", has: ["<unblock ", `jid="${bob}"`] });
    if ((await listOf(one)).includes(bob)) throw new Error("still on the list");
  },
  "XEP-0191 §3.4 unblocking all": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    await listOf(ada);
    await ada.done(block("a@elsewhere.example", "b@elsewhere.example"));
    await ada.until({ name: "iq", type: "set", has: "<block " });
    await ada.done(`<unblock xmlns="${BLOCKING}"/>`);
    await ada.until({ name: "iq", type: "set", has: "<unblock " });
    if ((await listOf(ada)).includes("<item")) throw new Error("somebody is left");
  },
  "XEP-0191 §3.2 a block of nobody, of an item without jid, of no address": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    await ada.refused("bad-request", "set", block());
    await ada.refused("bad-request", "set", `<block xmlns="${BLOCKING}"><item/></block>`);
    await ada.refused("jid-malformed", "set", block("@"));
  },
  "XEP-0191 §3.2 blocked: no message, no request, no presence; and the sender hears what is said of the absent": async (stage) => {
    const [ada, bob] = await stage.two();
    await bob.done(block(ada.bare));
    const id = await ada.say(bob.bare, "chat");
    await ada.until({ name: "message", type: "error", id, has: "service-unavailable" });
    await ada.refused("service-unavailable", "get", PING, bob.jid);
    await ada.tell(bob.jid);
    await ada.tell(bob.bare, "subscribe");
    await bob.never({ name: "message" });
    await bob.never({ name: "presence", from: ada.jid });
    await bob.never({ name: "presence", type: "subscribe" });
  },
  "XEP-0191 §3.2 who blocks is told when writing to who is blocked": async (stage) => {
    const [ada, bob] = await stage.two();
    await ada.done(block(bob.bare));
    const id = await ada.say(bob.bare, "chat");
    await ada.until({ name: "message", type: "error", id, has: ["not-acceptable", "urn:xmpp:blocking:errors"] });
    await bob.never({ name: "message" });
  },
  "XEP-0191 §3.2 §3.3 contacts: gone when blocked, back when not": async (stage) => {
    const [ada, bob] = await stage.friends();
    await ada.done(block(bob.bare));
    await bob.until({ name: "presence", type: "unavailable", from: ada.jid });
    await bob.present("<show>away</show>");
    await ada.never({ name: "presence", from: bob.jid, has: "away" });
    await ada.done(unblock(bob.bare));
    await bob.until({ name: "presence", type: undefined, from: ada.jid });
  },
  "XEP-0280 §4 §5 §10.1 on, off, on, as often as one likes": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    for (const what of ["enable", "disable", "enable", "enable", "disable", "disable"] as const) await ada.done(carbons(what));
  },
  "XEP-0280 §7 §8 copies of what comes and of what is sent": async (stage) => {
    const [user, ada] = [stage.newcomer(), await stage.signIn({ user: stage.newcomer() })];
    const [one, two] = [await stage.signIn({ user, resource: "one" }), await stage.signIn({ user, resource: "two", presence: "<priority>-1</priority>" })];
    const three = await stage.signIn({ user, resource: "three", presence: "<priority>-1</priority>" });
    await one.done(carbons("enable"));
    await two.done(carbons("enable"));
    const id = await ada.say(one.jid, "chat");
    await one.until({ name: "message", id, from: ada.jid });
    await two.until({ name: "message", type: "chat", from: one.bare, to: two.jid, has: ["<received", CARBONS, "urn:xmpp:forward:0", `id="${id}"`] });
    const sent = await one.say(ada.jid, "chat");
    await two.until({ name: "message", type: "chat", from: one.bare, to: two.jid, has: ["<sent", CARBONS, `id="${sent}"`] });
    await one.never({ name: "message", has: CARBONS });
    await three.never({ name: "message" });
    await two.done(carbons("disable"));
    await ada.say(one.jid, "chat");
    await two.never({ name: "message" });
  },
  "XEP-0280 §6.1 what is copied, and what is not": async (stage) => {
    const [user, ada] = [stage.newcomer(), await stage.signIn({ user: stage.newcomer() })];
    const [one, two] = [await stage.signIn({ user, resource: "one" }), await stage.signIn({ user, resource: "two", presence: "<priority>-1</priority>" })];
    await two.done(carbons("enable"));
    const copied = async (type: string | undefined, content: string): Promise<void> => {
      const id = await ada.say(one.jid, type, content);
      await two.until({ name: "message", has: ["<received", `id="${id}"`] });
    };
    const notCopied = async (type: string | undefined, content: string): Promise<void> => {
      await ada.say(one.jid, type, content);
      await two.never({ name: "message" });
    };
    await copied("chat", '<active xmlns="http://jabber.org/protocol/chatstates"/>');
    await copied("normal", "<body>x</body>");
    await copied(undefined, "<body>x</body>");
    await copied("chat", '<received xmlns="urn:xmpp:receipts" id="a"/>');
    await notCopied("headline", "<body>x</body>");
    await notCopied("groupchat", "<body>x</body>");
    await notCopied("chat", `<body>x</body><private xmlns="${CARBONS}"/><no-copy xmlns="urn:xmpp:hints"/>`);
  },
  "XEP-0280 §9 what is private is not copied to the sender's either, and does not say so": async (stage) => {
    const [user, ada] = [stage.newcomer(), await stage.signIn({ user: stage.newcomer() })];
    const [one, two] = [await stage.signIn({ user, resource: "one" }), await stage.signIn({ user, resource: "two" })];
    await two.done(carbons("enable"));
    const id = await one.say(ada.jid, "chat", `<body>x</body><private xmlns="${CARBONS}"/><no-copy xmlns="urn:xmpp:hints"/>`);
    const got = await ada.until({ name: "message", id });
    if (String(got).includes("<private")) throw new Error(String(got));
    await two.never({ name: "message" });
  },
  "XEP-0198 §4 what is sent is counted and acknowledged": async (stage) => {
    const [ada, bob] = await stage.two();
    const before = await ada.handled();
    await ada.say(bob.bare, "chat");
    await ada.tell(bob.bare);
    await ada.get(PING, stage.domain);
    const after = await ada.handled();
    if (after !== before + 3) throw new Error(`${before} to ${after}`);
  },
  "XEP-0198 §5 messages to who lost the socket come with the resumption, each once": async (stage) => {
    const [ada, bob] = await stage.two();
    const resumed = bob.drop();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await ada.say(bob.bare, "chat", `<body>${n}</body>`));
    await resumed;
    for (const id of ids) await bob.until({ name: "message", id });
    await bob.never({ name: "message" });
  },
  "XEP-0352 §4.2 inactive and active; messages come at once, and nobody sees it": async (stage) => {
    const [ada, bob] = await stage.friends();
    const before = String((await bob.get(INFO, ada.jid)).attrs["type"]);
    await ada.nonza('<inactive xmlns="urn:xmpp:csi:0"/>');
    const id = await bob.say(ada.jid, "chat");
    await ada.until({ name: "message", id });
    if (String((await bob.get(INFO, ada.jid)).attrs["type"]) !== before) throw new Error("it shows");
    await bob.present("<show>away</show>");
    await ada.nonza('<active xmlns="urn:xmpp:csi:0"/>');
    await ada.until({ name: "presence", from: bob.jid, has: "away" });
    await bob.never({ name: "presence", from: ada.jid });
  },
};
