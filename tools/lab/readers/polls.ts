/**
 * Short polls, which ask at fixed times, and the long poll, whose question waits for the next event.
 *
 * @module
 */

import { HttpClient } from "../http_client.ts";
import { type Listen, loop, pathOf, pause, tellItems } from "./reader.ts";

const LONG_POLL_SECONDS = 25;

/** Asks every so many milliseconds, and is told by 304 that nothing is new. */
export function shortPoll(every: number): Listen {
  return async (place, received) => {
    const client = new HttpClient(place.port);
    const authorized = { Accept: "application/json", Authorization: `Bearer ${place.token}` };
    // A poll of events without a cursor is answered at once where the log stands, and all ways have one cursor.
    let since = tellItems(await client.ask({ path: pathOf(place.node, "events"), headers: authorized }), received);
    let tag = "";
    let began = 0;
    let turns = 0;
    return loop(
      async (signal) => {
        // By the clock, not by when the last answer came: a slow answer makes no question fewer.
        began ||= performance.now();
        await pause(began + every * ++turns - performance.now(), signal);
        const headers = { ...authorized, ...(tag && { "If-None-Match": tag }) };
        const answer = await client.ask({ path: pathOf(place.node, "items", `?since=${since}&limit=100`), headers, signal });
        if (answer.status === 304) return;
        const next = tellItems(answer, received);
        tag = next === since ? answer.etag : "";
        since = next;
      },
      () => client.close(),
    );
  };
}

/** Asks; is answered by the next event, or by 204 when the time is over; asks again. */
export const longPoll: Listen = async (place, received) => {
  const client = new HttpClient(place.port);
  const headers = { Accept: "application/json", Authorization: `Bearer ${place.token}` };
  let since = tellItems(await client.ask({ path: pathOf(place.node, "events"), headers }), received);
  return loop(
    async (signal) => {
      const answer = await client.ask({ path: pathOf(place.node, "events", `?since=${since}&wait=${LONG_POLL_SECONDS}`), headers, signal });
      if (answer.status !== 204) since = tellItems(answer, received);
    },
    () => client.close(),
  );
};
