/**
 * RFC 6121 §3 and §4: subscriptions, and the presence that follows from them.
 *
 * @module
 */

import { befriend, type Scenarios } from "./stage.ts";

const EXTENSION = '<test xmlns="org.example.test"/>';

const itemIs = (item: string | undefined, ...parts: readonly string[]): void => {
  if (!parts.every((part) => item?.includes(part))) throw new Error(`Wanted ${parts}: ${item}`);
};

export const SUBSCRIPTIONS: Scenarios = {
  "§3.1.2 asking: a push with ask, and the request comes from the bare jid, content and all": async (stage) => {
    const [ada, bob] = await stage.two();
    await ada.tell(bob.bare, "subscribe", `<status>let me in</status>${EXTENSION}`);
    await ada.until({ name: "iq", type: "set", has: [`jid="${bob.bare}"`, 'ask="subscribe"', 'subscription="none"'] });
    await bob.until({ name: "presence", type: "subscribe", from: ada.bare, has: ["org.example.test", "let me in"] });
    itemIs(await ada.item(bob.bare), 'ask="subscribe"');
    if (await bob.item(ada.bare)) throw new Error("Who is asked has no item");
  },
  "§3.1.1 a request to a full jid is one to the bare jid": async (stage) => {
    const [ada, bob] = await stage.two();
    await ada.tell(bob.jid, "subscribe");
    await bob.until({ name: "presence", type: "subscribe", from: ada.bare });
    itemIs(await ada.item(bob.bare), 'ask="subscribe"');
  },
  "§3.1.3 a request waits for who is not there, content and all, and comes again until answered": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const user = stage.newcomer();
    await ada.tell(stage.bareOf(user), "subscribe", EXTENSION);
    await ada.until({ name: "iq", type: "set", has: 'ask="subscribe"' });
    const bob = await stage.signIn({ user, resource: "first" });
    await bob.until({ name: "presence", type: "subscribe", from: ada.bare, has: "org.example.test" });
    const second = await stage.signIn({ user, resource: "second" });
    await second.until({ name: "presence", type: "subscribe", from: ada.bare });
    await second.tell(ada.bare, "subscribed");
    await ada.until({ name: "presence", type: "subscribed", from: bob.bare });
    const third = await stage.signIn({ user, resource: "third" });
    await third.never({ name: "presence", type: "subscribe" });
  },
  "§3.1.3 each available resource hears the request": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const user = stage.newcomer();
    const [one, two] = [await stage.signIn({ user, resource: "one" }), await stage.signIn({ user, resource: "two", presence: "<priority>-1</priority>" })];
    const silent = await stage.signIn({ user, resource: "silent", presence: false });
    await ada.tell(one.bare, "subscribe");
    for (const each of [one, two]) await each.until({ name: "presence", type: "subscribe", from: ada.bare });
    await silent.never({ name: "presence", type: "subscribe" });
  },
  "§3.1.5 §3.1.6 yes: pushes on both sides, and the presence of each resource": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const user = stage.newcomer();
    const one = await stage.signIn({ user, resource: "one", presence: `<show>dnd</show>${EXTENSION}` });
    const two = await stage.signIn({ user, resource: "two", presence: "<priority>-5</priority>" });
    await ada.tell(one.bare, "subscribe");
    await one.until({ name: "presence", type: "subscribe" });
    await one.tell(ada.bare, "subscribed");
    await ada.until({ name: "presence", type: "subscribed", from: one.bare });
    await ada.until({ name: "iq", type: "set", has: [`jid="${one.bare}"`, 'subscription="to"'] });
    for (const each of [one, two]) await each.until({ name: "iq", type: "set", has: [`jid="${ada.bare}"`, 'subscription="from"'] });
    await ada.until({ name: "presence", type: undefined, from: one.jid, has: ["dnd", "org.example.test"] });
    await ada.until({ name: "presence", type: undefined, from: two.jid });
    await one.never({ name: "presence", from: ada.jid });
    itemIs(await ada.item(one.bare), 'subscription="to"');
    if ((await ada.item(one.bare))?.includes("ask=")) throw new Error("ask stays");
  },
  "§3.2.2 no: the request is over, and nobody sees anybody": async (stage) => {
    const [ada, bob] = await stage.two();
    await ada.tell(bob.bare, "subscribe");
    await bob.until({ name: "presence", type: "subscribe" });
    await bob.tell(ada.bare, "unsubscribed");
    await ada.until({ name: "presence", type: "unsubscribed", from: bob.bare });
    itemIs(await ada.item(bob.bare), 'subscription="none"');
    await ada.never({ name: "presence", from: bob.jid });
  },
  "§3.3.2 §3.3.3 unsubscribing: both sides hear, and one sees the other go": async (stage) => {
    const [ada, bob] = await stage.friends();
    await ada.tell(bob.bare, "unsubscribe");
    await bob.until({ name: "presence", type: "unsubscribe", from: ada.bare });
    await ada.until({ name: "iq", type: "set", has: 'subscription="from"' });
    await bob.until({ name: "iq", type: "set", has: 'subscription="to"' });
    await ada.until({ name: "presence", type: "unavailable", from: bob.jid });
    await bob.never({ name: "presence", type: "unavailable", from: ada.jid });
    await bob.present("<show>away</show>");
    await ada.never({ name: "presence", from: bob.jid });
    await ada.present("<show>away</show>");
    await bob.until({ name: "presence", from: ada.jid, has: "away" });
  },
  "§3.2.1 cancelling: both sides hear, and the other sees one go": async (stage) => {
    const [ada, bob] = await stage.friends();
    await ada.tell(bob.bare, "unsubscribed");
    await bob.until({ name: "presence", type: "unsubscribed", from: ada.bare });
    await ada.until({ name: "iq", type: "set", has: 'subscription="to"' });
    await bob.until({ name: "iq", type: "set", has: 'subscription="from"' });
    await bob.until({ name: "presence", type: "unavailable", from: ada.jid });
    await ada.present("<show>away</show>");
    await bob.never({ name: "presence", from: ada.jid });
  },
  "§2.5.2 removing a contact takes both subscriptions": async (stage) => {
    const [ada, bob] = await stage.friends();
    await ada.done(`<query xmlns="jabber:iq:roster"><item jid="${bob.bare}" subscription="remove"/></query>`);
    await ada.until({ name: "iq", type: "set", has: 'subscription="remove"' });
    await bob.until({ name: "presence", type: "unsubscribe", from: ada.bare });
    await bob.until({ name: "presence", type: "unsubscribed", from: ada.bare });
    await bob.until({ name: "presence", type: "unavailable", from: ada.jid });
    await ada.until({ name: "presence", type: "unavailable", from: bob.jid });
    itemIs(await bob.item(ada.bare), 'subscription="none"');
  },
  "§3.4 saying yes before: the request is answered by the server": async (stage) => {
    const [ada, bob] = await stage.two();
    await bob.tell(ada.bare, "subscribed");
    await bob.until({ name: "iq", type: "set", has: [`jid="${ada.bare}"`, 'approved="true"'] });
    await ada.never({ name: "presence", type: "subscribed" });
    await ada.tell(bob.bare, "subscribe");
    await ada.until({ name: "presence", type: "subscribed", from: bob.bare });
    await ada.until({ name: "presence", type: undefined, from: bob.jid });
    await bob.never({ name: "presence", type: "subscribe" });
    itemIs(await bob.item(ada.bare), 'subscription="from"');
  },
  "§3.4.2 §3.2.1 saying yes before, and no after that": async (stage) => {
    const [ada, bob] = await stage.two();
    await bob.tell(ada.bare, "subscribed");
    await bob.until({ name: "iq", type: "set", has: 'approved="true"' });
    await bob.tell(ada.bare, "unsubscribed");
    await bob.get('<ping xmlns="urn:xmpp:ping"/>', stage.domain);
    await ada.tell(bob.bare, "subscribe");
    await bob.until({ name: "presence", type: "subscribe", from: ada.bare });
  },
  "§3.1.3 asking again where it is granted: yes once more, and nothing for who granted it": async (stage) => {
    const [ada, bob] = await stage.friends();
    await ada.tell(bob.bare, "subscribe");
    await bob.never({ name: "presence", type: "subscribe" });
    itemIs(await ada.item(bob.bare), 'subscription="both"');
  },
  "§A.2 §A.3 stanzas that mean nothing here change nothing": async (stage) => {
    const [ada, bob] = await stage.two();
    for (const type of ["unsubscribe", "unsubscribed"]) await ada.tell(bob.bare, type);
    await ada.get('<ping xmlns="urn:xmpp:ping"/>', stage.domain);
    if ((await ada.item(bob.bare)) ?? (await bob.item(ada.bare))) throw new Error("an item came of nothing");
    await bob.never({ name: "iq", type: "set" });
  },
  "§3.1.6 yes from somebody who was not asked is dropped": async (stage) => {
    const [ada, bob] = await stage.two();
    await bob.tell(ada.bare, "subscribed");
    await ada.never({ name: "presence", type: "subscribed" });
    if (await ada.item(bob.bare)) throw new Error("an item came of nothing");
  },
  "§3.1 nobody subscribes to themselves": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    await ada.tell(ada.bare, "subscribe");
    await ada.get('<ping xmlns="urn:xmpp:ping"/>', stage.domain);
  },
  "§8.5.1 asking somebody who is not: the item waits, and nothing comes that is no refusal": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    await ada.tell(stage.bareOf("nobody-at-all"), "subscribe");
    await ada.until({ name: "iq", type: "set", has: "nobody-at-all" });
    await ada.never({ name: "presence", type: "subscribed" });
  },
  "§4.2 §4.3.2 signing in: contacts see it, and each is seen": async (stage) => {
    const [ada, bob] = [stage.newcomer(), stage.newcomer()];
    const [one, other] = [await stage.signIn({ user: ada, resource: "before" }), await stage.signIn({ user: bob, presence: `<show>xa</show>${EXTENSION}` })];
    await befriend(one, other);
    await one.leave();
    await other.until({ name: "presence", type: "unavailable", from: one.jid });
    const again = await stage.signIn({ user: ada, resource: "after" });
    await again.until({ name: "presence", type: undefined, from: other.jid, has: "org.example.test" });
    await other.until({ name: "presence", type: undefined, from: again.jid });
  },
  "§4.4.2 §4.5.2 changes and leaving, with what is said": async (stage) => {
    const [ada, bob] = await stage.friends();
    await ada.present(`<show>away</show><status xml:lang="de">weg</status><priority>3</priority>${EXTENSION}`);
    await bob.until({ name: "presence", from: ada.jid, has: ["away", "weg", "3</priority>", "org.example.test"] });
    await ada.send('<presence type="unavailable"><status>bye</status></presence>');
    await bob.until({ name: "presence", type: "unavailable", from: ada.jid, has: "bye" });
    await bob.never({ name: "presence", from: ada.jid });
    await ada.present();
    await bob.until({ name: "presence", type: undefined, from: ada.jid });
    await ada.until({ name: "presence", type: undefined, from: bob.jid });
  },
  "§4.2.2 §4.4.2 the own resources see each other": async (stage) => {
    const user = stage.newcomer();
    const one = await stage.signIn({ user, resource: "one", presence: "<show>chat</show>" });
    const two = await stage.signIn({ user, resource: "two" });
    await one.until({ name: "presence", type: undefined, from: two.jid });
    await two.until({ name: "presence", type: undefined, from: one.jid, has: "chat" });
    await two.leave();
    await one.until({ name: "presence", type: "unavailable", from: two.jid });
  },
  "§4.3 a probe of a client's own": async (stage) => {
    const [ada, bob] = await stage.friends();
    await ada.tell(bob.bare, "probe");
    await ada.until({ name: "presence", type: undefined, from: bob.jid });
  },
  "§4.6 directed presence, and its end when one leaves": async (stage) => {
    const [ada, bob] = await stage.two();
    await ada.tell(bob.jid, undefined, `<show>dnd</show>${EXTENSION}`);
    await bob.until({ name: "presence", type: undefined, from: ada.jid, has: ["dnd", "org.example.test"] });
    await ada.present("<show>away</show>");
    await bob.never({ name: "presence", from: ada.jid });
    await ada.send('<presence type="unavailable"/>');
    await bob.until({ name: "presence", type: "unavailable", from: ada.jid });
  },
  "§4.6.3 directed presence to a bare jid, and its end when the socket closes": async (stage) => {
    const [ada, bob] = await stage.two();
    await ada.tell(bob.bare);
    await bob.until({ name: "presence", type: undefined, from: ada.jid });
    await ada.leave();
    await bob.until({ name: "presence", type: "unavailable", from: ada.jid });
  },
  "§4.6.4 directed unavailable, and no second one at the end": async (stage) => {
    const [ada, bob] = await stage.two();
    await ada.tell(bob.jid);
    await bob.until({ name: "presence", type: undefined, from: ada.jid });
    await ada.tell(bob.jid, "unavailable");
    await bob.until({ name: "presence", type: "unavailable", from: ada.jid });
    await ada.leave();
    await bob.never({ name: "presence", type: "unavailable", from: ada.jid });
  },
  "§4.7.1 presence of no such type": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    await ada.send('<presence id="odd" type="foobar"/>');
    await ada.until({ name: "presence", type: "error", id: "odd" });
  },
  "§4.7.2.3 a priority that is none": async (stage) => {
    const [ada, bob] = await stage.friends();
    await ada.send('<presence id="odd"><priority>128</priority></presence>');
    await ada.get('<ping xmlns="urn:xmpp:ping"/>', stage.domain);
    await bob.get('<ping xmlns="urn:xmpp:ping"/>', stage.domain);
  },
  "XEP-0115 §5 §8.4 capabilities come with the first presence, and when they change": async (stage) => {
    const caps = (ver: string) => `<c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="http://a.example" ver="${ver}"/>`;
    const ada = await stage.signIn({ user: stage.newcomer() });
    const bob = await stage.signIn({ user: stage.newcomer(), presence: caps("QgayPKawpkPSDYmwT/WM94uAlu0=") });
    await ada.tell(bob.bare, "subscribe");
    await bob.until({ name: "presence", type: "subscribe" });
    await bob.tell(ada.bare, "subscribed");
    await ada.until({ name: "presence", type: undefined, from: bob.jid, has: "QgayPKawpkPSDYmwT/WM94uAlu0=" });
    await bob.present(caps("changed"));
    await ada.until({ name: "presence", type: undefined, from: bob.jid, has: 'ver="changed"' });
  },
};
