/**
 * Between two people: how a subscription stands, and what each stanza makes of it (RFC 6121 Appendix A).
 *
 * The nine states of Appendix A.1, four stanzas that the user sends (A.2) and four that the contact sends (A.3).
 *
 * @module
 */

/** The stanzas of a subscription (RFC 6121 §3). */
export const SUBSCRIPTION_TYPES = ["subscribe", "subscribed", "unsubscribe", "unsubscribed"] as const;
export type SubscriptionType = (typeof SUBSCRIPTION_TYPES)[number];

export const isSubscriptionType = (type: string): type is SubscriptionType => (SUBSCRIPTION_TYPES as readonly string[]).includes(type);

/** Of a roster item (§2.1.2.5). */
export type Subscription = "none" | "to" | "from" | "both";

/** A.1; "out": the user has asked, "in": the contact has. */
export type State = "none" | "none+out" | "none+in" | "none+out+in" | "to" | "to+in" | "from" | "from+out" | "both";

/** What a stanza does: the state that follows, and whether it goes on to who it is for. */
export interface Transition {
  readonly next: State;
  /** Outbound: routed to the contact; inbound: delivered to the user. */
  readonly passes: boolean;
  /** Inbound and not delivered: the server answers for the user. */
  readonly reply?: SubscriptionType;
}

const passes = (next: State): Transition => ({ next, passes: true });
const stays = (next: State, reply?: SubscriptionType): Transition => ({ next, passes: false, ...(reply && { reply }) });

type Table = Readonly<Record<SubscriptionType, Readonly<Record<State, Transition>>>>;

/** A.2. `subscribed` where nobody has asked is a pre-approval, and `unsubscribed` takes one back (§3.4): both stay here. */
export const OUTBOUND: Table = {
  subscribe: {
    none: passes("none+out"),
    "none+out": passes("none+out"),
    "none+in": passes("none+out+in"),
    "none+out+in": passes("none+out+in"),
    to: passes("to"),
    "to+in": passes("to+in"),
    from: passes("from+out"),
    "from+out": passes("from+out"),
    both: passes("both"),
  },
  unsubscribe: {
    none: passes("none"),
    "none+out": passes("none"),
    "none+in": passes("none+in"),
    "none+out+in": passes("none+in"),
    to: passes("none"),
    "to+in": passes("none+in"),
    from: passes("from"),
    "from+out": passes("from"),
    both: passes("from"),
  },
  subscribed: {
    none: stays("none"),
    "none+out": stays("none+out"),
    "none+in": passes("from"),
    "none+out+in": passes("from+out"),
    to: stays("to"),
    "to+in": passes("both"),
    from: stays("from"),
    "from+out": stays("from+out"),
    both: stays("both"),
  },
  unsubscribed: {
    none: stays("none"),
    "none+out": stays("none+out"),
    "none+in": passes("none"),
    "none+out+in": passes("none+out"),
    to: stays("to"),
    "to+in": passes("to"),
    from: passes("none"),
    "from+out": passes("none+out"),
    both: passes("to"),
  },
};

/** A.3. */
export const INBOUND: Table = {
  subscribe: {
    none: passes("none+in"),
    "none+out": passes("none+out+in"),
    "none+in": stays("none+in"),
    "none+out+in": stays("none+out+in"),
    to: passes("to+in"),
    "to+in": stays("to+in"),
    from: stays("from", "subscribed"),
    "from+out": stays("from+out", "subscribed"),
    both: stays("both", "subscribed"),
  },
  unsubscribe: {
    none: stays("none"),
    "none+out": stays("none+out"),
    "none+in": passes("none"),
    "none+out+in": passes("none+out"),
    to: stays("to"),
    "to+in": passes("to"),
    from: passes("none"),
    "from+out": passes("none+out"),
    both: passes("to"),
  },
  subscribed: {
    none: stays("none"),
    "none+out": passes("to"),
    "none+in": stays("none+in"),
    "none+out+in": passes("to+in"),
    to: stays("to"),
    "to+in": stays("to+in"),
    from: stays("from"),
    "from+out": passes("both"),
    both: stays("both"),
  },
  unsubscribed: {
    none: stays("none"),
    "none+out": passes("none"),
    "none+in": stays("none+in"),
    "none+out+in": passes("none+in"),
    to: passes("none"),
    "to+in": passes("none+in"),
    from: stays("from"),
    "from+out": passes("from"),
    both: passes("from"),
  },
};

/** A state by its parts; a request that was granted is none any more. */
export function stateOf(subscription: Subscription, { ask, pendingIn }: { readonly ask: boolean; readonly pendingIn: boolean }): State {
  const isOut = ask && (subscription === "none" || subscription === "from");
  const isIn = pendingIn && (subscription === "none" || subscription === "to");
  return `${subscription}${isOut ? "+out" : ""}${isIn ? "+in" : ""}` as State;
}

/** The parts of a state. */
export function partsOf(state: State): { readonly subscription: Subscription; readonly ask: boolean; readonly pendingIn: boolean } {
  const [subscription = "none", ...pending] = state.split("+");
  return { subscription: subscription as Subscription, ask: pending.includes("out"), pendingIn: pending.includes("in") };
}

/** May the contact see the user's presence? */
export const isFrom = (subscription: Subscription): boolean => subscription === "from" || subscription === "both";
/** Does the user see the contact's? */
export const isTo = (subscription: Subscription): boolean => subscription === "to" || subscription === "both";
