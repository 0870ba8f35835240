/**
 * Rosters and presence of the fake shell: what `xmpp/roster/` decides, done at once and within one memory.
 *
 * @module
 */

import {
  type Answers,
  type Ask,
  bareOf,
  inbound,
  isFrom,
  isTo,
  itemsOf,
  NO_ROSTER,
  outbound,
  presenceWith,
  removeItem,
  renderPush,
  renderRosterItem,
  renderRosterQuery,
  resourceOf,
  type Roster,
  type RosterStep,
  setItem,
  type StanzaError,
} from "../../xmpp/mod.ts";
import type { FakeDesk } from "./fake_shell.ts";
import { DOMAIN } from "./format.ts";

type Asked = Extract<Ask, { effect: "getRoster" | "setRoster" | "sendSubscription" | "sendDirected" | "probe" }>;

const SERVICE = new Map([[`finesse@${DOMAIN}`, { name: "finesse", groups: [] }]]);

export class FakeContacts {
  readonly #rosters = new Map<string, Roster>();
  /** By desk: what it says of itself, and whom it has said so alone. */
  readonly #shown = new Map<FakeDesk, string>();
  readonly #directed = new Map<FakeDesk, Set<string>>();
  readonly #of: { readonly desks: readonly FakeDesk[]; exists(jid: string): boolean; newId(): string; readonly isOpen: boolean };
  /** What comes behind the answer that is being given. */
  #later: (() => void)[] = [];
  #now = 0;

  constructor(of: { readonly desks: readonly FakeDesk[]; exists(jid: string): boolean; newId(): string; readonly isOpen: boolean }) {
    this.#of = of;
  }

  flush(): void {
    for (const work of this.#later.splice(0)) work();
  }

  #rosterOf(jid: string): Roster {
    return this.#rosters.get(jid) ?? NO_ROSTER;
  }

  #desksOf(jid: string): FakeDesk[] {
    return this.#of.desks.filter(
      ({ stream }) => stream.phase === "bound" && stream.jid === bareOf(jid) && (resourceOf(jid) === "" || stream.resource === resourceOf(jid)),
    );
  }

  #say(to: string, text: string, needs: "interested" | "available" | "bound" = "available", only?: FakeDesk): void {
    this.#later.push(() => {
      for (const desk of only ? [only] : this.#desksOf(to)) if (needs === "bound" || desk.stream[needs]) desk.push(text);
    });
  }

  get #context() {
    return { now: ++this.#now, fixed: SERVICE, most: 500 };
  }

  #with(jid: string, direction: "from" | "to"): string[] {
    return Object.values(this.#rosterOf(jid).items)
      .filter(({ subscription }) => (direction === "from" ? isFrom : isTo)(subscription))
      .map((item) => item.jid);
  }

  answer(desk: FakeDesk, ask: Asked): Answers[Asked["effect"]] {
    const { jid } = desk.stream;
    switch (ask.effect) {
      case "getRoster": {
        const ver = `v${this.#rosterOf(jid).ver}`;
        if (ask.ver === ver) return { payload: null };
        return { payload: renderRosterQuery(itemsOf(this.#rosterOf(jid), SERVICE).map(renderRosterItem), ask.ver === null ? undefined : ver) };
      }
      case "setRoster": {
        const { request } = ask;
        const step =
          request.request === "set" ? setItem(this.#rosterOf(jid), request.item, this.#context) : removeItem(this.#rosterOf(jid), request.jid, this.#context);
        return this.#perform(jid, step) ?? { set: true };
      }
      case "sendSubscription":
        return this.#perform(jid, outbound(this.#rosterOf(jid), { contact: ask.to, type: ask.type, tail: ask.tail }, this.#context)) ?? { sent: true };
      case "sendDirected": {
        const directed = this.#directed.get(desk) ?? new Set();
        this.#directed.set(desk, directed);
        if (ask.available) directed.add(ask.to);
        else directed.delete(ask.to);
        this.#say(
          ask.to,
          presenceWith({ from: desk.full, to: ask.to, type: ask.available ? "" : "unavailable" }, ask.tail),
          resourceOf(ask.to) === "" ? "available" : "bound",
        );
        return { sent: true };
      }
      case "probe": {
        const contact = bareOf(ask.to);
        const isSeen = contact === jid || this.#with(contact, "from").includes(jid);
        if (!isSeen) return { stanzas: [presenceWith({ from: contact, to: desk.full, type: "unsubscribed" }, "/>")] };
        const found = this.#desksOf(ask.to).flatMap((one) => this.#presenceOf(one, desk.full));
        return { stanzas: found.length > 0 ? found : [presenceWith({ from: ask.to, to: desk.full, type: "unavailable" }, "/>")] };
      }
    }
  }

  #presenceOf(desk: FakeDesk, to: string): string[] {
    const tail = this.#shown.get(desk);
    return tail === undefined ? [] : [presenceWith({ from: desk.full, to }, tail)];
  }

  #perform(jid: string, step: RosterStep | { readonly refusal: StanzaError }): { readonly refused: StanzaError } | undefined {
    if ("refusal" in step) return { refused: step.refusal };
    this.#rosters.set(jid, step.roster);
    for (const { stream } of this.#desksOf(jid)) stream.social = true;
    const ver = this.#of.isOpen ? `v${step.roster.ver}` : undefined;
    for (const effect of step.effects) {
      if (effect.effect === "push") {
        for (const desk of this.#desksOf(jid)) this.#say(jid, renderPush({ id: this.#of.newId(), to: desk.full, item: effect.item, ver }), "interested", desk);
      }
      if (effect.effect === "deliver") this.#say(jid, presenceWith({ from: effect.from, to: jid, type: effect.type }, effect.tail), effect.to);
    }
    for (const effect of step.effects) {
      if (effect.effect !== "route" || !this.#of.exists(effect.to)) continue;
      this.#perform(effect.to, inbound(this.#rosterOf(effect.to), { contact: jid, ...effect }, this.#context));
      if (!effect.presence) continue;
      for (const desk of this.#desksOf(jid).filter((one) => this.#shown.has(one))) {
        this.#say(
          effect.to,
          presenceWith(
            { from: desk.full, to: effect.to, type: effect.presence === "shown" ? "" : "unavailable" },
            effect.presence === "shown" ? (this.#shown.get(desk) ?? "/>") : "/>",
          ),
        );
      }
    }
    return undefined;
  }

  announced(desk: FakeDesk, { available, tail }: { readonly available: boolean; readonly tail: string }): void {
    if (!available) return this.left(desk, tail);
    const { jid } = desk.stream;
    const isInitial = !this.#shown.has(desk);
    this.#shown.set(desk, tail);
    const from = desk.full;
    for (const other of this.#of.isOpen ? this.#desksOf(jid) : []) {
      if (other === desk || !this.#shown.has(other)) continue;
      this.#say(jid, presenceWith({ from, to: other.full }, tail), "available", other);
      if (isInitial) for (const text of this.#presenceOf(other, from)) this.#say(jid, text, "available", desk);
    }
    if (isInitial)
      for (const [who, asks] of Object.entries(this.#rosterOf(jid).pendingIn))
        this.#say(jid, presenceWith({ from: who, to: jid, type: "subscribe" }, asks), "available", desk);
    for (const contact of this.#with(jid, "from")) this.#say(contact, presenceWith({ from, to: contact }, tail));
    if (!isInitial) return;
    for (const contact of this.#with(jid, "to")) {
      for (const other of this.#desksOf(contact)) for (const text of this.#presenceOf(other, jid)) this.#say(jid, text, "available", desk);
    }
  }

  left(desk: FakeDesk, tail = "/>"): void {
    const { jid } = desk.stream;
    const wasShown = this.#shown.delete(desk);
    const seen = wasShown ? this.#with(jid, "from") : [];
    const alone = [...(this.#directed.get(desk) ?? [])].filter((to) => !seen.includes(bareOf(to)));
    this.#directed.delete(desk);
    for (const to of [...seen, ...alone])
      this.#say(to, presenceWith({ from: desk.full, to, type: "unavailable" }, tail), resourceOf(to) === "" ? "available" : "bound");
    if (!wasShown || !this.#of.isOpen) return;
    for (const other of this.#desksOf(jid))
      if (other !== desk && this.#shown.has(other))
        this.#say(jid, presenceWith({ from: desk.full, to: other.full, type: "unavailable" }, tail), "available", other);
  }
}
