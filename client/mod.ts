/**
 * The client: what an application imports (docs/client.md).
 *
 * @module
 */

export { waitBefore } from "./backoff.ts";
export type { Gap } from "./catch_up.ts";
export { Client, type ClientEvents, type ClientOptions, type State, type Subscription } from "./client.ts";
export type { ScramKeys } from "./link.ts";
export { type Position, readPosition, renderPosition } from "./position.ts";
export { StreamLost, Unanswered } from "./requests.ts";
export type { Saved, Store } from "./saved.ts";
export { type Item, Refused } from "./stanzas.ts";
export type { Transport } from "./transports.ts";
