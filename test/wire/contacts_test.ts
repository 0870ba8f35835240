/**
 * Two people with strophe.js, unchanged, become each other's contacts, see one another, and part (RFC 6121 §2 to §4).
 *
 * @module
 */

import { $iq, $pres, Strophe } from "strophe.js";
import { test } from "vitest";

import { onBothServers } from "./support/bench.ts";
import { DOMAIN } from "./support/server.ts";

Strophe.setLogLevel(Strophe.LogLevel.FATAL);

const FAILED: readonly number[] = [Strophe.Status.AUTHFAIL, Strophe.Status.CONNFAIL, Strophe.Status.ERROR];

class Person {
  readonly connection: InstanceType<typeof Strophe.Connection>;
  readonly #came: string[] = [];
  #wake: () => void = () => {};

  constructor(socketUrl: string) {
    this.connection = new Strophe.Connection(socketUrl);
  }

  async signIn(user: string): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.connection.connect(`${user}@${DOMAIN}/strophe`, `pw-${user}`, (status: number) => {
        if (status === Strophe.Status.CONNECTED) resolve();
        if (FAILED.includes(status)) reject(new Error(`status ${status}`));
      });
    });
    const take = (stanza: Element) => {
      this.#came.push(Strophe.serialize(stanza).replaceAll("'", '"'));
      this.#wake();
      return true;
    };
    for (const name of ["presence", "iq"]) this.connection.addHandler(take, "", name, null);
    await this.ask($iq({ type: "get" }).c("query", { xmlns: "jabber:iq:roster" }));
    this.connection.send($pres());
    return this;
  }

  ask(request: ReturnType<typeof $iq>): Promise<unknown> {
    return new Promise((resolve, reject) => this.connection.sendIQ(request, resolve, reject));
  }

  say(type: string, to: string): void {
    this.connection.send($pres({ type, to: `${to}@${DOMAIN}` }));
  }

  async until(...parts: readonly string[]): Promise<void> {
    for (const end = Date.now() + 5000; Date.now() < end; ) {
      const at = this.#came.findIndex((text) => parts.every((part) => text.includes(part)));
      if (at >= 0) {
        this.#came.splice(at, 1);
        return;
      }
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), new Promise((resolve) => setTimeout(resolve, 100))]);
    }
    throw new Error(`${parts} did not come; what did: ${this.#came.join("\n")}`);
  }
}

onBothServers((bench) => {
  test("P-10 P-01 strophe.js: ask, agree, see, part", async () => {
    const ada = await new Person(bench.server.socketUrl).signIn("7001");
    const bob = await new Person(bench.server.socketUrl).signIn("7002");
    ada.say("subscribe", "7002");
    await bob.until("<presence", 'type="subscribe"', `from="7001@${DOMAIN}"`);
    bob.say("subscribed", "7001");
    bob.say("subscribe", "7001");
    await ada.until('type="subscribed"');
    await ada.until('subscription="to"');
    await ada.until("<presence", `from="7002@${DOMAIN}/strophe"`);
    await ada.until('type="subscribe"');
    ada.say("subscribed", "7002");
    await ada.until('subscription="both"');
    await bob.until('subscription="both"');
    await bob.until("<presence", `from="7001@${DOMAIN}/strophe"`);
    ada.connection.send($pres().c("show").t("dnd"));
    await bob.until("dnd</show>", `from="7001@${DOMAIN}/strophe"`);
    await ada.ask(
      $iq({ type: "set" })
        .c("query", { xmlns: "jabber:iq:roster" })
        .c("item", { jid: `7002@${DOMAIN}`, subscription: "remove" }),
    );
    await bob.until('type="unavailable"', `from="7001@${DOMAIN}/strophe"`);
    await bob.until('subscription="none"');
    await ada.until('type="unavailable"', `from="7002@${DOMAIN}/strophe"`);
    for (const { connection } of [ada, bob]) connection.disconnect("");
  });
});
