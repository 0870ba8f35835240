/**
 * Playing a conversation on one server, whatever it answers: nothing is expected, all is written down.
 *
 * @module
 */

import { type Conversation, filledIn } from "../../test/conversations/format.ts";
import { bindValues } from "./bind_values.ts";
import { type Exchange, exchangesOf } from "./exchanges.ts";
import { type Heard, Line } from "./line.ts";
import { inNoOrder, NormalForm } from "./normal_form.ts";

/** What one exchange came to: `desk: <frame/>` or `desk: closed 1000`, in normal form; one connection's in its order. */
export interface Said {
  readonly name: string;
  readonly isSetUp: boolean;
  readonly lines: readonly string[];
  /** As it came. */
  readonly raw: readonly string[];
}

export interface PlayOptions {
  readonly socketUrl: string;
  publish(node: string, payload: string): Promise<void>;
  /** By how much to wait longer than usually. */
  readonly patience?: number;
}

/** How long what should come is waited for, and how long nothing more may come before the next is sent. */
const ANSWER_MS = 800;
const GRACE_MS = 60;
const SILENCE_MS = 250;
const BINARY = new Uint8Array([60, 97, 47, 62]);

export async function playOn(conversation: Conversation, options: PlayOptions): Promise<readonly Said[]> {
  const player = new Player(options);
  try {
    const said: Said[] = [];
    for (const exchange of exchangesOf(conversation)) said.push(await player.carryOut(exchange));
    return said;
  } finally {
    player.cut();
  }
}

class Player {
  readonly #options: PlayOptions;
  readonly #lines = new Map<string, Line>();
  readonly #bound = new Map<string, string>();
  readonly #form = new NormalForm();

  constructor(options: PlayOptions) {
    this.#options = options;
  }

  async carryOut(exchange: Exchange): Promise<Said> {
    const before = await this.#act(exchange);
    await this.#wait(exchange);
    const [lines, raw]: [string[], string[]] = [[...before], []];
    for (const [who, line] of [...this.#lines].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const heard = line.take();
      bindValues(exchange.awaits?.get(who) ?? [], { frames: framesOf(heard), bound: this.#bound });
      const said: string[] = [];
      for (const each of heard) {
        const text = "frame" in each ? this.#form.of(each.frame) : `closed ${each.code}`;
        if (text !== "") said.push(`${who}: ${text}`);
        raw.push(`${who}: ${"frame" in each ? each.frame : `closed ${each.code}`}`);
      }
      lines.push(...inNoOrder(said));
    }
    return { name: exchange.name, isSetUp: exchange.isSetUp, lines, raw };
  }

  async #act({ does }: Exchange): Promise<readonly string[]> {
    if (does.does === "publishes") {
      return await this.#options.publish(does.who, does.text).then(
        () => [],
        () => ["back end: cannot publish there"],
      );
    }
    const line = this.#lines.get(does.who) ?? (await Line.open(this.#options.socketUrl));
    this.#lines.set(does.who, line);
    if (line.isOver) return [`${does.who}: is gone`];
    if (does.does === "breaks") line.cut();
    else if (does.does === "binary") line.send(BINARY);
    else if (does.does === "sends") {
      const frame = await filledIn(does.text, this.#bound).catch(() => undefined);
      if (frame === undefined) return [`${does.who}: has no challenge to answer`];
      this.#form.remember(withoutDrawn(frame, this.#bound));
      line.send(frame);
    }
    return [];
  }

  async #wait(exchange: Exchange): Promise<void> {
    const { patience = 1 } = this.#options;
    const grace = exchange.isSetUp ? GRACE_MS : GRACE_MS * patience;
    const isSilent = exchange.awaits !== null && [...exchange.awaits.values()].every((each) => each.length === 0) && exchange.closes.length === 0;
    const from = performance.now();
    const until = from + (isSilent ? SILENCE_MS : ANSWER_MS) * patience;
    while (performance.now() < until) {
      await new Promise((done) => setTimeout(done, 5));
      if (!isSilent && this.#isDone(exchange) && this.#isQuiet(grace, from)) return;
    }
  }

  #isQuiet(milliseconds: number, since: number): boolean {
    return performance.now() - since >= milliseconds && [...this.#lines.values()].every(({ quietFor }) => quietFor >= milliseconds);
  }

  /** Has come what should come? Who is leaving has to be gone. */
  #isDone({ does, awaits, closes }: Exchange): boolean {
    if ([...this.#lines.values()].some(({ isClosing }) => isClosing)) return false;
    if (does.does === "breaks" && awaits === null) return true;
    const wanted = awaits ?? new Map([[does.who, [""]]]);
    for (const [who, patterns] of wanted) {
      const line = this.#lines.get(who);
      if (line && !line.isOver && line.frames < patterns.length) return false;
    }
    return closes.every((who) => this.#lines.get(who)?.isOver ?? true);
  }

  cut(): void {
    for (const line of this.#lines.values()) line.cut();
  }
}

/** What of a frame its client chose: nothing that a server said before. */
function withoutDrawn(frame: string, bound: ReadonlyMap<string, string>): string {
  return [...bound.values()].reduce((text, value) => (value.length > 7 ? text.replaceAll(value, "") : text), frame);
}

function framesOf(heard: readonly Heard[]): readonly string[] {
  return heard.filter((each) => "frame" in each).map(({ frame }) => frame);
}
