/**
 * Server-sent events: one question, and an answer that does not end.
 *
 * @module
 */

import { HttpClient } from "../http_client.ts";
import { type Listen, pathOf } from "./reader.ts";

export const eventStream: Listen = async (place, received) => {
  const client = new HttpClient(place.port);
  const headers = { Accept: "text/event-stream", "Cache-Control": "no-cache", Authorization: `Bearer ${place.token}` };
  const answer = await client.open({ path: pathOf(place.node, "events"), headers });
  if (answer.statusCode !== 200) throw new Error(`The event stream was answered with ${answer.statusCode}`);
  let isStopped = false;
  const over = (async () => {
    let text = "";
    for await (const piece of answer.setEncoding("utf8")) {
      const events = (text + (piece as string)).split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) tell(event, received);
    }
  })()
    .catch((fault: unknown) => {
      if (!isStopped) throw fault;
    })
    .then(() => {
      if (!isStopped) throw new Error("The event stream ended");
    });
  over.catch(() => {}); // whoever waits for it is told
  return {
    start: () => {}, // it is told by itself
    over,
    stop: async () => {
      isStopped = true;
      answer.destroy();
      client.close();
      await over;
    },
  };
};

/** Comments and the like have no data. */
function tell(event: string, received: (id: string) => void): void {
  const data = /^data: (.*)$/m.exec(event)?.[1];
  if (data === undefined) return;
  const { id } = JSON.parse(data) as { id?: string };
  if (id === undefined) throw new Error(`The event stream missed something: ${event}`);
  received(id);
}
