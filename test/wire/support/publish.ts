/**
 * The back end's side over HTTP: publishing, and the lease of the service contact.
 *
 * @module
 */

import { PUBLISHER } from "./accounts.ts";
import type { Server } from "./server.ts";

export interface Published {
  readonly status: number;
  readonly body: { readonly id?: string; readonly node?: string; readonly position?: string; readonly code?: string };
}

/** Publishes one XML item. */
export async function publish({ url }: Pick<Server, "url">, node: string, xml: string): Promise<Published> {
  const answer = await fetch(`${url}/api/v1/nodes/${encodeURIComponent(node)}/items`, {
    method: "POST",
    headers: { Authorization: PUBLISHER, "Content-Type": "application/xml" },
    body: xml,
  });
  return { status: answer.status, body: (await answer.json()) as Published["body"] };
}

/** An event as Finesse would publish it, recognisable by its mark. */
export function update(mark: string): string {
  return `<Update><data><user><state>READY</state><teamName>Sales &amp; Care</teamName></user></data><event>PUT</event><requestId>${mark}</requestId></Update>`;
}

/** Sets the service contact; with `seconds` for so long only. */
export async function setContact({ url }: Pick<Server, "url">, available: boolean, seconds?: number): Promise<void> {
  const answer = await fetch(`${url}/api/v1/service-contact`, {
    method: "PUT",
    headers: { Authorization: PUBLISHER, "Content-Type": "application/json" },
    body: JSON.stringify({ available, ...(seconds !== undefined && { for: seconds }) }),
  });
  if (!answer.ok) throw new Error(`service contact: ${answer.status} ${await answer.text()}`);
}
