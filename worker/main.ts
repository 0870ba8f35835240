/**
 * The Worker: the door, and the classes of the objects behind it.
 *
 * @module
 */

import { app } from "./app.ts";

export { ConnectionManager } from "../durable/connection_manager.ts";
export { Directory } from "../durable/directory.ts";
export { EventReaders } from "../durable/event_readers.ts";
export { JabberSession } from "../durable/jabber_session.ts";
export { NodeHost } from "../durable/node_host.ts";
export { Webhook } from "../durable/webhook.ts";

export default { fetch: app.fetch };
