/**
 * From a publish over Deskwire's HTTP API to its event on the stream.
 *
 * @module
 */

import { randomUUID } from "node:crypto";

import { type Element, serialize } from "../../xmpp/mod.ts";
import { Failed, ok, type Outcome, skipped } from "./chart.ts";
import { markedEvent, type Subscribed } from "./conversation.ts";
import { type Answer, ask, isPrivate, reasonOf } from "./http.ts";
import { problemIn } from "./upgrade.ts";

export interface Publishing {
  readonly base: URL;
  /** "": none is given. */
  readonly token: string;
  readonly isFinesse: boolean;
  readonly timeout: number;
}

/** Publishes an event that can be recognised, and waits for it. */
export async function publishToReceive({ base, token, isFinesse, timeout }: Publishing, { stream, node }: Subscribed): Promise<Outcome> {
  if (!isFinesse) return skipped("Only Deskwire has an HTTP API to publish by.");
  if (token === "") return skipped("No token is given (DESKWIRE_TOKEN).");
  if (!isPrivate(base)) throw new Failed("The address has no TLS: the token was not sent.", "Use an https: address.");
  const mark = randomUUID();
  const began = performance.now();
  const answer = await publishes({ base, token, node, mark, timeout });
  if (answer.status === 404 && problemIn(answer.body) === "") return skipped("The server has no HTTP API to publish by: it is not Deskwire.");
  if (answer.status >= 300) {
    throw new Failed(
      `The publish was answered with ${answer.status} ${problemIn(answer.body)}`.trim().concat("."),
      "401: another token; 403: one that may publish; 404: correct the node.",
    );
  }
  const isEvent = (element: Element) => element.name === "message" && serialize(element).includes(mark);
  await stream.next(isEvent, "event of what was published");
  return ok(`An event published to ${node} came after ${(performance.now() - began).toFixed(1)} ms.`);
}

interface Publish extends Pick<Publishing, "base" | "token" | "timeout"> {
  readonly node: string;
  readonly mark: string;
}

async function publishes({ base, token, node, mark, timeout }: Publish): Promise<Answer> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/xml" };
  try {
    return await ask(new URL(`/api/v1/nodes/${encodeURIComponent(node)}/items`, base), { method: "POST", headers, body: markedEvent(mark), timeout });
  } catch (fault) {
    throw new Failed(`The publish was not answered: ${reasonOf(fault)}.`, "See whether the HTTP API is behind another address.");
  }
}
