/**
 * The sudden end of an object: its memory, timers and open answers are lost, as by an update or a fault of the platform.
 *
 * @module
 */

import { runInDurableObject } from "cloudflare:test";

/** Ends it; the next call finds another life of it. */
export async function crash(stub: DurableObjectStub<undefined>): Promise<void> {
  await runInDurableObject(stub as DurableObjectStub, (_: unknown, state: DurableObjectState) => state.abort("crash")).catch(() => {});
}
