/**
 * Other settings for the objects of a test file. They read them once, and share them.
 *
 * @module
 */

import { runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import type { Env } from "../../../durable/contract.ts";
import type { Directory } from "../../../durable/directory.ts";
import { type Settings, settingsOf } from "../../../durable/settings.ts";

/** From now on these hold; answers what puts the former ones back. */
export async function change(settings: Partial<Settings>): Promise<() => void> {
  const probe = (bindings as unknown as Env).DIRECTORY.getByName("probe.test");
  return await runInDurableObject(probe, (directory: Directory) => {
    const shared = settingsOf((directory as unknown as { env: Env }).env);
    const former = { ...shared };
    Object.assign(shared, settings);
    return () => void Object.assign(shared, former);
  });
}
