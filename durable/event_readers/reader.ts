/**
 * One reader of events over HTTP: a stream of server-sent events, or a question that waits for the next of them.
 *
 * Its cursor is a position for each of its nodes, in the order in which it named them.
 *
 * @module
 */

import { eventOf, payloadOf, readPayload, renderMark, tellsItem } from "../../xmpp/mod.ts";
import type { Item, NodeAddress, Position, ReadRefusal } from "../contract.ts";
import type { Receiver } from "../connection_manager/listening.ts";
import type { ReaderUser, Revocable } from "./users.ts";

/** An item as readers are told it: rendered once, however many of them there are. */
const rendered = new WeakMap<Item, string>();

function renderItem(item: Item): string {
  let text = rendered.get(item);
  if (text === undefined) {
    const { node, id } = item;
    // A created node has more to tell than items: that comes as the XML that it is.
    const told = tellsItem(item) ? readPayload(payloadOf(item)) : { event: eventOf(item) };
    text = JSON.stringify({ node, id, position: renderMark(item), ...told });
    rendered.set(item, text);
  }
  return text;
}

/** A refusal, for the door to render: its code stands in a header, too. */
export function refuse(code: ReadRefusal, node?: string | null): Response {
  return Response.json({ code, ...(node != null && { node }) }, { status: code === "full" ? 503 : 403, headers: { "Deskwire-Refusal": code } });
}

export abstract class Reader implements Receiver, Revocable {
  readonly key = crypto.randomUUID();
  /** Null: it reads by a token of the API. */
  user: ReaderUser | null = null;
  rights = 0;
  /** Why it may not read any more. */
  refusal: Response | null = null;
  readonly nodes = new Set<NodeAddress>();
  readonly unacked = null;
  readonly unread = 0;
  readonly #cursor: Map<NodeAddress, Position>;
  /** What came before the reader was brought up to its beginning. */
  #early: { readonly address: NodeAddress; readonly item: Item }[] | null = [];

  /** `addresses` in the order of the cursor. */
  constructor(addresses: readonly NodeAddress[]) {
    this.#cursor = new Map(addresses.map((address) => [address, { epoch: 0, seq: 0 }]));
  }

  get cursor(): string {
    return [...this.#cursor.values()].map(renderMark).join(",");
  }

  /** Where a node's events begin for it. */
  stand(address: NodeAddress, { epoch, seq }: Position): void {
    this.#cursor.set(address, { epoch, seq });
  }

  /** An item that it missed, before it begins. */
  catchUp(address: NodeAddress, item: Item): void {
    this.stand(address, item);
    this.told(renderItem(item));
  }

  /** It is up to date: what came meanwhile follows, and then events as they come. */
  begin(): void {
    this.stands();
    const early = this.#early ?? [];
    this.#early = null;
    for (const { address, item } of early) this.deliver(address, item);
  }

  deliver(address: NodeAddress, item: Item): void {
    if (this.#early) this.#early.push({ address, item });
    else this.catchUp(address, item);
  }

  note(address: NodeAddress, position: Position): void {
    this.stand(address, position);
  }

  /** Something before this position was missed and cannot be had. */
  reset(address: NodeAddress, position: Position): void {
    this.stand(address, position);
    this.missed();
  }

  revoke(node: string | null): void {
    this.refusal = refuse("forbidden", node);
    this.revoked(node);
  }

  /** Ends the answer, and says why; nothing that waits is told any more. */
  protected abstract revoked(node: string | null): void;
  /** Where it stands before anything is told, so that one who is cut off by then loses nothing. */
  protected abstract stands(): void;
  /** An event, as JSON; the cursor stands behind it. */
  protected abstract told(json: string): void;
  protected abstract missed(): void;
  /** Keeps an answer alive that says nothing for long. */
  abstract beat(): void;
  /** Ends the answer; its client comes back with its cursor. */
  abstract end(): void;
}

const encoder = new TextEncoder();

/** `text/event-stream`: events as they come, until the client goes. */
export class StreamReader extends Reader {
  readonly response: Response;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  /** `room`: bytes that may wait; `gone`: the client went, or reads too slowly. */
  constructor(addresses: readonly NodeAddress[], { room, gone }: { readonly room: number; readonly gone: (reader: Reader) => void }) {
    super(addresses);
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => {
          this.#controller = null;
          gone(this);
        },
      },
      { highWaterMark: room, size: (chunk) => chunk?.byteLength ?? 0 },
    );
    this.#gone = gone;
    this.#room = room;
    const headers = { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no" };
    this.response = new Response(stream, { headers });
    this.#write("retry: 2000\n\n");
  }
  readonly #gone: (reader: Reader) => void;
  readonly #room: number;

  protected stands(): void {
    this.#write(`id: ${this.cursor}\n\n`);
  }

  protected told(json: string): void {
    this.#write(`id: ${this.cursor}\ndata: ${json}\n\n`);
  }

  protected missed(): void {
    this.#write(`id: ${this.cursor}\nevent: reset\ndata: ${JSON.stringify({ cursor: this.cursor })}\n\n`);
  }

  protected revoked(node: string | null): void {
    const controller = this.#controller;
    // What a slow reader has not taken would reach it after the end: then the answer breaks off, and it is told when it comes back.
    if (controller?.desiredSize !== this.#room) {
      this.#controller = null;
      controller?.error(new Error("revoked"));
      return this.#gone(this);
    }
    this.#write(`event: revoked\ndata: ${JSON.stringify({ code: "forbidden", ...(node !== null && { node }) })}\n\n`);
    this.end();
  }

  beat(): void {
    this.#write(": still here\n\n");
  }

  #write(text: string): void {
    if (!this.#controller) return;
    this.#controller.enqueue(encoder.encode(text));
    if ((this.#controller.desiredSize ?? 0) < 0) this.end();
  }

  end(): void {
    const controller = this.#controller;
    this.#controller = null;
    try {
      controller?.close();
    } catch {
      // The client went meanwhile.
    }
    this.#gone(this);
  }
}

/** `application/json`: one answer, as soon as there is something to tell, or 204 when the time is over. */
export class PollReader extends Reader {
  readonly answered: Promise<Response>;
  readonly #events: string[] = [];
  #isReset = false;
  #answer: (response: Response) => void = () => {};
  #soon = false;

  constructor(addresses: readonly NodeAddress[]) {
    super(addresses);
    this.answered = new Promise((answer) => {
      this.#answer = answer;
    });
  }

  protected stands(): void {}

  protected told(json: string): void {
    this.#events.push(json);
    this.#answerSoon();
  }

  protected missed(): void {
    this.#isReset = true;
    this.#answerSoon();
  }

  protected revoked(): void {
    this.#answer(this.refusal as Response);
  }

  /** What comes together is told together. */
  #answerSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    setTimeout(() => this.tell(), 0);
  }

  /** Answers with what there is, be it nothing. */
  tell(): void {
    const body = `{"items":[${this.#events.join(",")}],"next":"${this.cursor}","reset":${this.#isReset}}`;
    this.#answer(new Response(body, { headers: { "Content-Type": "application/json", "Cache-Control": "no-store" } }));
  }

  beat(): void {}

  end(): void {
    this.#answer(new Response(null, { status: 204, headers: { "Cache-Control": "no-store" } }));
  }
}
