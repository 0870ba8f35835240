/**
 * What the Worker and its objects find in their environment.
 *
 * @module
 */

import type { ConnectionManager } from "./connection_manager.ts";
import type { Directory } from "./directory.ts";
import type { EventReaders } from "./event_readers.ts";
import type { JabberSession } from "./jabber_session.ts";
import type { NodeHost } from "./node_host.ts";
import type { Webhook } from "./webhook.ts";

/** Bindings and variables of the Worker, as wrangler.toml or `npm start` give them. */
export interface Env {
  readonly CONNECTION_MANAGER: DurableObjectNamespace<ConnectionManager>;
  readonly JABBER_SESSION: DurableObjectNamespace<JabberSession>;
  readonly NODE_HOST: DurableObjectNamespace<NodeHost>;
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
  readonly EVENT_READERS: DurableObjectNamespace<EventReaders>;
  readonly WEBHOOK: DurableObjectNamespace<Webhook>;
  /** XMPP domains, separated by commas; the first is the default. */
  readonly XMPP_DOMAIN?: string;
  /** What the outside calls this server, e.g. `https://desk.example.com`. */
  readonly PUBLIC_URL?: string;
  /** Bearer tokens of the HTTP API; an absent one closes what it opens. */
  readonly ADMIN_TOKEN?: string;
  readonly PUBLISH_TOKEN?: string;
  /** Further origins that may open a socket, separated by commas. */
  readonly ALLOWED_ORIGINS?: string;
  /** `open` or `finesse-strict`. */
  readonly WIRE_PROFILE?: string;
  /** `finesse`. */
  readonly NODE_PRESET?: string;
  /** The table of families as JSON text, in the place of the preset (docs/families.md). */
  readonly FAMILIES?: string;
  /** `publishers` or `users`: who may create nodes. */
  readonly NODE_CREATORS?: string;
  readonly RESOURCE_CONFLICT?: string;
  /** `on` publishes sign-outs on `/deskwire/presence`. */
  readonly SIGN_OUT_NODE?: string;
  /** Where sign-outs are posted to, and the secrets that sign them. */
  readonly WEBHOOK_URL?: string;
  readonly WEBHOOK_SECRET?: string;
  /** `on` negotiates permessage-deflate where a client offers it. */
  readonly WEBSOCKET_COMPRESSION?: string;
  /** The built pages; absent where there are none. */
  readonly ASSETS?: Fetcher;
  /** Who may put the pages into a frame: `none` (the default), `self`, or origins. */
  readonly FRAME_ANCESTORS?: string;
  /** Accounts of the demo for the sign-in page, as the JSON text of `/demo.json`. */
  readonly DEMO_ACCOUNTS?: string;
  /** The demo's counted ways for the page `/lab`, as the JSON text of `/lab.json`, and their origins. */
  readonly DEMO_LAB?: string;
  readonly DEMO_LAB_ORIGINS?: string;
  /** Open files that the process may hold; set by `npm start`, absent elsewhere. */
  readonly OPEN_FILES?: string;
  /** Every number of `durable/settings.ts` can be set by its name. */
  readonly [name: string]: unknown;
}
