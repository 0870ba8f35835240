/**
 * One reader per transport, in the browser: each tells the ids of the items that come.
 *
 * @module
 */

import { $iq, $pres, Strophe } from "strophe.js";

import type { Access, Transport } from "./access.ts";
import { pause } from "./pause.ts";

export interface Task {
  readonly access: Access;
  readonly transport: Transport;
  readonly signal: AbortSignal;
  received(id: string): void;
  /** Bytes that no entry of Resource Timing tells of while an answer is open. */
  counted(bytes: { readonly up?: number; readonly down: number }): void;
}

/** Answers when it listens, with what goes on then; the signal ends it. */
export type Listen = (task: Task) => Promise<() => Promise<void>>;

Strophe.setLogLevel(Strophe.LogLevel.FATAL);

const CONNECT_MS = 15_000;

export const READERS: Readonly<Record<Transport, Listen>> = {
  "http-1.0": shortPoll(1000),
  "short-0.5": shortPoll(500),
  "short-1": shortPoll(1000),
  "long-poll": longPoll,
  sse: eventStream,
  bosh: (task) => xmpp(task, "/http-bind"),
  websocket: (task) => xmpp(task, "/ws/"),
};

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly next: string;
}

const pathOf = ({ node }: Access, what: string): string => `/api/v1/nodes/${encodeURIComponent(node)}/${what}`;

async function ask({ access, transport, signal }: Task, what: string, accept = "application/json"): Promise<Response> {
  const headers = { ...access.headers, Accept: accept };
  const answer = await fetch(access.urlOf(transport, pathOf(access, what)), { headers, signal });
  if (!answer.ok) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
  return answer;
}

/** Items that came, told; answers the cursor behind them. */
async function tell({ received }: Task, answer: Response): Promise<string> {
  const { items, next } = (await answer.json()) as Page;
  for (const { id } of items) received(id);
  return next;
}

function shortPoll(every: number): Listen {
  return async (task) => {
    let since = await tell(task, await ask(task, "events"));
    return async () => {
      const began = performance.now();
      for (let turn = 1; !task.signal.aborted; turn++) {
        await pause(began + turn * every - performance.now(), task.signal);
        // That nothing is new the server says by 304; the browser then takes the answer it has.
        since = await tell(task, await ask(task, `items?since=${since}`));
      }
    };
  };
}

async function longPoll(task: Task): Promise<() => Promise<void>> {
  let since = await tell(task, await ask(task, "events"));
  return async () => {
    while (!task.signal.aborted) {
      const answer = await ask(task, `events?since=${since}&wait=25`);
      if (answer.status !== 204) since = await tell(task, answer);
    }
  };
}

async function eventStream(task: Task): Promise<() => Promise<void>> {
  const answer = await ask(task, "events", "text/event-stream");
  const reader = (answer.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  const decoder = new TextDecoder();
  return async () => {
    for (let text = ""; ; ) {
      const { value, done } = await reader.read();
      if (done) throw new Error("The event stream ended");
      task.counted({ down: value.byteLength });
      const events = (text + decoder.decode(value, { stream: true })).split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data !== undefined) task.received((JSON.parse(data) as { id: string }).id);
      }
    }
  };
}

/** The same stream over a WebSocket and over BOSH: strophe.js takes the way that the address names. */
async function xmpp(task: Task, path: string): Promise<() => Promise<void>> {
  const { access, transport, signal, received, counted } = task;
  const url = access.urlOf(transport, path);
  const isSocket = transport === "websocket";
  // A type that needs no question beforehand where the page is of another origin (Fetch: CORS-safelisted).
  const options = { mechanisms: [Strophe.SASLPlain], contentType: "text/plain; charset=utf-8" };
  const connection = new Strophe.Connection(isSocket ? url.replace(/^http/, "ws") : url, options);
  if (isSocket) {
    connection.rawInput = (frame: string) => counted({ down: frame.length });
    connection.rawOutput = (frame: string) => counted({ up: frame.length, down: 0 });
  }
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {}); // told to whoever waits for it
  await new Promise<void>((connected, failed) => {
    setTimeout(() => failed(new Error(`${transport}: no connection in time`)), CONNECT_MS);
    connection.connect(`${access.user}@${access.domain}/lab-${transport}`, access.password, (status: number, condition?: string | null) => {
      if (status === Strophe.Status.CONNECTED) connected();
      const isOver = status === Strophe.Status.AUTHFAIL || status === Strophe.Status.CONNFAIL || status === Strophe.Status.DISCONNECTED;
      if (!isOver) return;
      const fault = new Error(`${transport}: ${condition || "the connection ended"}`);
      failed(fault);
      lost.reject(fault);
    });
  });
  signal.addEventListener("abort", () => connection.disconnect("done"), { once: true });
  connection.addHandler(
    (message: Element) => {
      for (const item of message.getElementsByTagName("item")) received(item.getAttribute("id") ?? "");
      return true;
    },
    null as unknown as string,
    "message",
    null as unknown as string,
  );
  connection.send($pres());
  const request = $iq({ to: `pubsub.${access.domain}`, type: "set" }).c("pubsub", { xmlns: "http://jabber.org/protocol/pubsub" });
  await new Promise<void>((subscribed, refused) => {
    const onError = (answer: Element | null) => refused(new Error(`${transport}: ${answer?.outerHTML ?? "no answer"}`));
    connection.sendIQ(request.c("subscribe", { node: access.node, jid: connection.jid }), () => subscribed(), onError, CONNECT_MS);
  });
  return () => lost.promise;
}
