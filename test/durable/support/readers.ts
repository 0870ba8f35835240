/**
 * Readers over HTTP inside workerd: answers read event by event, with the rights of a user, a token or a ticket.
 */
import { ask, DOMAIN } from "./desk.ts";

export const basic = (user: string, password = `pw-${user}`): Record<string, string> => ({ Authorization: `Basic ${btoa(`${user}:${password}`)}` });
export const PUBLISHER: Record<string, string> = { Authorization: "Bearer publish-secret" };

export const eventsOf = (node: string): string => `/api/v1/nodes/${encodeURIComponent(node)}/events`;
export const itemsOf = (node: string): string => `/api/v1/nodes/${encodeURIComponent(node)}/items`;

/** What a user, a team or their deletion is changed by; answers once the change is done. */
export async function change(method: "PUT" | "DELETE", path: string, body?: object): Promise<number> {
  const headers = { Authorization: "Bearer admin-secret", "Content-Type": "application/json" };
  const answer = await ask(`/api/v1/${path}?domain=${DOMAIN}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  await answer.text();
  return answer.status;
}

export interface ServerEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, string>;
}

/** An answer of server-sent events, read as it comes. */
export class EventStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";
  /** The answer broke off, or ended. */
  isOver = false;
  /** As a browser would send it when it comes back; "": nothing was said yet. */
  lastId = "";

  private constructor(answer: Response) {
    this.#reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  }

  static async open(path: string, headers: Record<string, string> = {}): Promise<EventStream> {
    const answer = await ask(path, { headers: { Accept: "text/event-stream", ...headers } });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return new EventStream(answer);
  }

  /** The next event; null: the answer is over, or none came in time. */
  async next(milliseconds = 3000): Promise<ServerEvent | null> {
    const until = Date.now() + milliseconds;
    for (;;) {
      const event = this.#take();
      if (event) return event;
      if (this.isOver || Date.now() >= until) return null;
      await this.#read(until - Date.now());
    }
  }

  #pending: Promise<void> | undefined;

  async #read(milliseconds: number): Promise<void> {
    this.#pending ??= this.#reader.read().then(
      ({ value, done }) => {
        this.#pending = undefined;
        if (done) this.isOver = true;
        else this.#text += this.#decoder.decode(value, { stream: true });
      },
      () => {
        this.#pending = undefined;
        this.isOver = true;
      },
    );
    await Promise.race([this.#pending, scheduler.wait(milliseconds)]);
  }

  #take(): ServerEvent | undefined {
    for (let end = this.#text.indexOf("\n\n"); end >= 0; end = this.#text.indexOf("\n\n")) {
      const lines = this.#text.slice(0, end).split("\n");
      this.#text = this.#text.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field("data");
      this.lastId = field("id") ?? this.lastId;
      if (data !== undefined) return { id: field("id") ?? "", type: field("event") ?? "message", data: JSON.parse(data) as Record<string, string> };
    }
    return undefined;
  }

  /** Everything until it is over, or quiet for a while. */
  async rest(milliseconds = 200): Promise<ServerEvent[]> {
    const events: ServerEvent[] = [];
    for (let event = await this.next(milliseconds); event; event = await this.next(milliseconds)) events.push(event);
    return events;
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}

/** Asks for a ticket. */
export async function ticketOf(
  nodes: readonly string[],
  headers: Record<string, string>,
): Promise<{ status: number; ticket: string; expiresAt: string; code: string }> {
  const answer = await ask("/api/v1/events/tickets", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ nodes }),
  });
  return { status: answer.status, ...((await answer.json()) as { ticket: string; expiresAt: string; code: string }) };
}

/** Status and code of a refusal. */
export async function refusal(path: string, headers: Record<string, string> = {}): Promise<readonly [number, string]> {
  const answer = await ask(path, { headers });
  const text = await answer.text();
  return [answer.status, (JSON.parse(text || "{}") as { code?: string }).code ?? text];
}
