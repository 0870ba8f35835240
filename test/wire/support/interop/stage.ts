/**
 * The stage of the scenarios: a server, people who have never met, and their clients.
 *
 * @module
 */

import { Person, type SignIn, type Where } from "./person.ts";

export type Scenarios = Readonly<Record<string, (stage: Stage) => Promise<void>>>;

/** Names of the people whom a server must know; the password is `pw-` and the name. */
export const PEOPLE = Array.from({ length: 400 }, (_, n) => `person${n + 1}`);

let taken = 0;

export class Stage {
  readonly where: Where;
  readonly #people: Person[] = [];

  constructor(where: Where) {
    this.where = where;
  }

  get domain(): string {
    return this.where.domain;
  }

  /** Somebody whom no scenario has used yet. */
  newcomer(): string {
    const name = PEOPLE[taken++];
    if (name === undefined) throw new Error("More people are needed");
    return name;
  }

  bareOf(user: string): string {
    return `${user}@${this.domain}`;
  }

  async signIn(of: SignIn): Promise<Person> {
    const person = await Person.signedIn(this.where, of);
    this.#people.push(person);
    return person;
  }

  /** Two people who do not know each other, both present. */
  async two(): Promise<readonly [Person, Person]> {
    return [await this.signIn({ user: this.newcomer() }), await this.signIn({ user: this.newcomer() })];
  }

  /** Two people who see each other. */
  async friends(): Promise<readonly [Person, Person]> {
    const [ada, bob] = await this.two();
    await befriend(ada, bob);
    return [ada, bob];
  }

  async leave(): Promise<void> {
    await Promise.all(this.#people.splice(0).map((person) => person.leave().catch(() => {})));
  }
}

/** Each sees the other from then on. */
export async function befriend(ada: Person, bob: Person): Promise<void> {
  for (const [one, other] of [
    [ada, bob],
    [bob, ada],
  ] as const) {
    await one.tell(other.bare, "subscribe");
    await other.until({ name: "presence", type: "subscribe", from: one.bare });
    await other.tell(one.bare, "subscribed");
    await one.until({ name: "presence", type: "subscribed", from: other.bare });
    await one.until({ name: "presence", type: undefined, from: other.jid });
  }
  await ada.forget();
  await bob.forget();
}
