/**
 * A client that does not count the answers to its own requests: @xmpp/client 0.14, as its users run it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { client, xml, type XmlElement, type XmppClient } from "@xmpp/client";
import { test } from "vitest";

import { userNode } from "./support/accounts.ts";
import { onNpmStart } from "./support/bench.ts";
import { Proxy } from "./support/proxy.ts";
import { publish, update } from "./support/publish.ts";
import { DOMAIN } from "./support/server.ts";

const PASSWORD = "pw-7001";
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** What it heard, and how its stream fared. */
class Heard {
  readonly items: number[] = [];
  readonly errors: string[] = [];
  binds = 0;
  resumed = 0;
  pinged = 0;
  readonly xmpp: XmppClient;

  constructor(socketUrl: string) {
    const credentials = { username: "7001", password: PASSWORD };
    this.xmpp = client({ service: socketUrl, domain: DOMAIN, resource: "loose", credentials: (authenticate) => authenticate(credentials, "PLAIN") });
    this.xmpp.reconnect.delay = 200;
    this.xmpp.on("error", () => {});
    this.xmpp.on("online", () => void this.binds++);
    this.xmpp.on("nonza", (nonza) => nonza.is("error") && this.errors.push(nonza.toString()));
    this.xmpp.streamManagement.on("resumed", () => void this.resumed++);
    this.xmpp.on("stanza", (stanza) => this.#take(stanza));
  }

  #take(stanza: XmlElement): void {
    if (stanza.is("iq") && stanza.getChild("ping")) this.pinged++;
    const text = stanza.is("message") ? stanza.getChild("event")?.getChild("items")?.getChild("item")?.getChildText("notification") : undefined;
    const n = /<requestId>(\d+)</.exec(text ?? "")?.[1];
    if (n) this.items.push(Number(n));
  }

  async until(isSo: () => boolean, what: string): Promise<void> {
    for (let waited = 0; !isSo(); waited += 20) {
      assert.ok(waited < 10_000, `${what}: ${JSON.stringify({ items: this.items, binds: this.binds, resumed: this.resumed, errors: this.errors })}`);
      await pause(20);
    }
  }
}

onNpmStart((bench) => {
  test("XEP-0198 §4 stays however many requests it makes, and a resumption repeats next to nothing", async () => {
    const proxy = await Proxy.start(bench.server);
    const heard = new Heard(proxy.url);
    try {
      await heard.xmpp.start();
      await heard.xmpp.send(xml("presence"));
      let published = 0;
      for (let round = 0; round < 60; round++) {
        const pings = Array.from({ length: 10 }, () => heard.xmpp.iqCaller.get(xml("ping", { xmlns: "urn:xmpp:ping" }), DOMAIN, 5000));
        await Promise.all(pings);
        await publish(bench.server, userNode("7001"), update(String(++published)));
      }
      await heard.until(() => heard.items.length === 60, "all items");
      await pause(3000);
      assert.deepEqual([heard.binds, heard.resumed, heard.errors], [1, 0, []]);
      proxy.cut();
      for (let n = 0; n < 5; n++) await publish(bench.server, userNode("7001"), update(String(++published)));
      await heard.until(() => heard.items.includes(65), "what came meanwhile");
      assert.deepEqual([heard.binds, heard.resumed, heard.errors], [1, 1, []]);
      const expected = Array.from({ length: 65 }, (_, n) => n + 1);
      assert.deepEqual([...new Set(heard.items)], expected);
      assert.ok(heard.items.length - 65 < 8, `repeated ${heard.items.length - 65}`);
      // And it goes on.
      await publish(bench.server, userNode("7001"), update("66"));
      await heard.until(() => heard.items.at(-1) === 66, "the next one");
    } finally {
      heard.xmpp.reconnect.stop();
      await heard.xmpp.stop().catch(() => {});
      await proxy.stop();
    }
  });
});
