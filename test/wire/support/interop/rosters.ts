/**
 * RFC 6121 §2: rosters.
 *
 * @module
 */

import type { Scenarios, Stage } from "./stage.ts";
import type { Person } from "./person.ts";

const query = (items: string, more = ""): string => `<query xmlns="jabber:iq:roster"${more}>${items}</query>`;
const set = (jid: string, inside = "", attrs = ""): string => query(`<item jid="${jid}"${attrs}>${inside}</item>`);
const remove = (jid: string): string => query(`<item jid="${jid}" subscription="remove"/>`);

/** A contact whom nobody has yet, and who need not exist. */
const someone = (stage: Stage): string => stage.bareOf(`contact-${Math.random().toString(36).slice(2)}`);

async function pushOf(person: Person, jid: string, more: string | readonly string[] = []): Promise<string> {
  return String(await person.until({ name: "iq", type: "set", has: ["jabber:iq:roster", `jid="${jid}"`, ...[more].flat()] }));
}

const refusals: Readonly<Record<string, { readonly condition: string; readonly payload: (stage: Stage) => string }>> = {
  "§2.3.3 two items": { condition: "bad-request", payload: (stage) => query(`<item jid="${someone(stage)}"/><item jid="${someone(stage)}"/>`) },
  "§2.1.5 no item": { condition: "bad-request", payload: () => query("") },
  "§2.3.3 an item without jid": { condition: "bad-request", payload: () => query('<item name="who"/>') },
  "§2.3.3 a group twice": { condition: "bad-request", payload: (stage) => set(someone(stage), "<group>a</group><group>a</group>") },
  "§2.3.3 an empty group": { condition: "not-acceptable", payload: (stage) => set(someone(stage), "<group/>") },
  "§2.3.3 an empty group among others": { condition: "not-acceptable", payload: (stage) => set(someone(stage), "<group>a</group><group></group>") },
  "§2.5.3 removing who is none": { condition: "item-not-found", payload: (stage) => remove(someone(stage)) },
  "§2.3.3 no address": { condition: "jid-malformed", payload: () => set("@nowhere") },
};

export const ROSTERS: Scenarios = {
  "§2.2 a roster is given, and it is the asker's own": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer(), roster: false });
    for (const to of [undefined, ada.bare]) {
      const answer = await ada.get(query(""), to);
      if (answer.attrs["type"] !== "result" || !answer.getChild("query")) throw new Error(String(answer));
    }
  },
  "§2.3.2 adding: a result, and a push to the resource itself": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const jid = someone(stage);
    await ada.done(set(jid, "<group>Test Group</group>", ' name="Test User"'));
    await pushOf(ada, jid, ['name="Test User"', "<group>Test Group</group>", 'subscription="none"']);
  },
  "§2.3.2 a push to each interested resource, present or not, and to no other": async (stage) => {
    const user = stage.newcomer();
    const one = await stage.signIn({ user, resource: "one" });
    const silent = await stage.signIn({ user, resource: "silent", presence: false });
    const other = await stage.signIn({ user, resource: "other", roster: false });
    const jid = someone(stage);
    await one.done(set(jid));
    await pushOf(one, jid);
    await pushOf(silent, jid);
    await other.never({ name: "iq", has: "jabber:iq:roster" });
  },
  "§2.1.5 subscription other than remove is ignored, ask and approved too": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    for (const attrs of [' subscription="both"', ' subscription="foobar"', ' ask="subscribe"', ' approved="true"']) {
      const jid = someone(stage);
      await ada.done(set(jid, "", attrs));
      const push = await pushOf(ada, jid, 'subscription="none"');
      if (push.includes("ask=") || push.includes("approved=")) throw new Error(push);
    }
  },
  "§2.3.3 §2.1.5 nobody sets another's roster": async (stage) => {
    const [ada, bob] = await stage.two();
    await ada.refused("forbidden", "set", set(someone(stage)), bob.bare);
    await bob.never({ name: "iq" });
  },
  "§2.2 nobody reads another's roster": async (stage) => {
    const [ada, bob] = await stage.two();
    const answer = await ada.get(query(""), bob.bare);
    if (answer.attrs["type"] !== "error") throw new Error(String(answer));
  },
  "§2.4.2 updating: name and groups are as said, each push whole": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const jid = someone(stage);
    await ada.done(set(jid, "<group>a</group>", ' name="Old"'));
    await pushOf(ada, jid, 'name="Old"');
    await ada.done(set(jid, "<group>b</group><group>c</group>", ' name="New"'));
    const push = await pushOf(ada, jid, ['name="New"', "<group>b</group>", "<group>c</group>"]);
    if (push.includes("<group>a<")) throw new Error(push);
    await ada.done(set(jid, "", ' name="New"'));
    const bare = await pushOf(ada, jid, 'name="New"');
    if (bare.includes("<group>")) throw new Error(bare);
    await ada.done(set(jid));
    const item = await ada.item(jid);
    if (!item || item.includes('name="New"')) throw new Error(item);
  },
  "§2.1.2.4 §2.3.3 an empty name is no name": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const jid = someone(stage);
    await ada.done(set(jid, "", ' name=""'));
    await pushOf(ada, jid);
  },
  "§2.5.2 removing: a result, and a push to all": async (stage) => {
    const user = stage.newcomer();
    const one = await stage.signIn({ user, resource: "one" });
    const two = await stage.signIn({ user, resource: "two" });
    const jid = someone(stage);
    await one.done(set(jid));
    await two.done(remove(jid));
    for (const each of [one, two]) await pushOf(each, jid, 'subscription="remove"');
    if (await one.item(jid)) throw new Error("still there");
  },
  "§2.1.2.3 an item of a domain, of another server, and with a resource": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    for (const jid of ["elsewhere.example", "someone@elsewhere.example"]) {
      await ada.done(set(jid));
      await pushOf(ada, jid);
    }
  },
  "§2.3.1 a name that must be escaped, and one of other scripts": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const jid = someone(stage);
    await ada.done(set(jid, "<group>&lt;b&gt; &amp; é 日本</group>", ' name="&quot;A&quot; &amp; &lt;b&gt; 日本"'));
    await ada.forget();
    const item = (await ada.item(jid)) ?? "";
    if (!item.includes("日本") || !item.includes("&amp;") || !item.includes("&lt;b")) throw new Error(item);
  },
  "§2.6 the feature, a roster with a version, and an empty result for the same": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer(), roster: false });
    const first = await ada.get(query("", ' ver=""'));
    const ver = first.getChild("query")?.attrs["ver"];
    if (ver === undefined) throw new Error(String(first));
    const same = await ada.get(query("", ` ver="${ver}"`));
    if (same.getChild("query")?.getChild("item")) throw new Error(String(same));
    const jid = someone(stage);
    await ada.done(set(jid));
    const push = await ada.until({ name: "iq", type: "set", has: jid });
    const next = push.getChild("query")?.attrs["ver"];
    if (next === undefined || next === ver) throw new Error(String(push));
    const later = await ada.get(query("", ` ver="${ver}"`));
    if (String(later).includes(jid)) return;
    await ada.until({ name: "iq", type: "set", has: jid });
  },
  "§2.1.6 who answers a push with an error stays as it was": async (stage) => {
    const ada = await stage.signIn({ user: stage.newcomer() });
    const jid = someone(stage);
    await ada.done(set(jid));
    const push = await ada.until({ name: "iq", type: "set", has: jid });
    await ada.send(
      `<iq type="error" id="${push.attrs["id"]}"><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>`,
    );
    await ada.get('<ping xmlns="urn:xmpp:ping"/>', stage.domain);
  },
  "§2.3.1 two resources that change at once: both have both": async (stage) => {
    const user = stage.newcomer();
    const one = await stage.signIn({ user, resource: "one" });
    const two = await stage.signIn({ user, resource: "two" });
    const jids = Array.from({ length: 10 }, () => someone(stage));
    await Promise.all(jids.map((jid, at) => (at % 2 ? one : two).done(set(jid))));
    for (const each of [one, two]) for (const jid of jids) await pushOf(each, jid);
  },
  ...Object.fromEntries(
    Object.entries(refusals).map(([name, { condition, payload }]) => [
      `${name}: ${condition}`,
      async (stage: Stage) => {
        const ada = await stage.signIn({ user: stage.newcomer() });
        await ada.refused(condition, "set", payload(stage));
        await ada.never({ name: "iq", type: "set" });
      },
    ]),
  ),
};
