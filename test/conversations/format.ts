/**
 * Conversations as text: reading them, and playing them against whatever answers (the core, workerd, a socket).
 *
 * A line is one of these; a line that begins with white space goes on where the one before ended:
 *
 *     # heading                              // comment
 *     with profile finesse-strict            a setting that the conversation needs
 *     desk signs in as 7001 [with phone]     open, auth, open, bind
 *     desk opens a stream                    open
 *     desk authenticates as 7001             open, auth, open
 *     desk is present                        its presence, which comes back, and the contact's
 *     desk sends: <xml/>                     {name}: what was bound; {plain - 7001 pw}: computed, see COMPUTED
 *     desk sends binary
 *     desk receives: <xml/>                  {any} fits anything, {name} binds or must be the same; the order of
 *                                            attributes is nobody's business; {any} alone: any frame
 *     desk receives exactly: text            to the byte
 *     desk receives nothing
 *     desk's socket closes with 1000
 *     desk's socket breaks                   without a word
 *     server publishes NODE: text
 *
 * `desk` is any word: each opens a connection of its own when it first speaks.
 *
 * @module
 */

import { COMPUTED } from "./computed.ts";
import { matchFrame } from "./matcher.ts";

/** `isSetUp`: it stands behind a line that is short for several. */
export type Step = { readonly line: number; readonly heading: string; readonly isSetUp: boolean } & (
  | { readonly does: "sends" | "receives" | "exactly" | "publishes"; readonly who: string; readonly text: string }
  | { readonly does: "binary" | "nothing" | "breaks"; readonly who: string }
  | { readonly does: "closes"; readonly who: string; readonly code: number }
);

export interface Conversation {
  readonly settings: ReadonlyMap<string, string>;
  readonly headings: readonly string[];
  readonly steps: readonly Step[];
}

/** One connection, as a conversation sees it. */
export interface Desk {
  send(frame: string | Uint8Array): void | Promise<void>;
  /** The next frame; fails if none comes. */
  next(): Promise<string>;
  /** Loses the socket, without a `<close/>`. */
  break(): void | Promise<void>;
  /** What else has come; waits a little where that is needed to know. */
  quiet(): Promise<readonly string[]>;
  /** The code that the socket was closed with; fails if it is not. */
  closed(): Promise<number>;
}

/** Where a conversation is played. Users: 7001, 7002, lead1, backend; passwords `pw-` and the name; teams 42 and 43. */
export interface Stage {
  connect(): Desk | Promise<Desk>;
  publish(node: string, text: string): void | Promise<void>;
}

export const DOMAIN = "cc1.acme.test";

const AUTHENTICATION = (who: string, user: string) => [
  ...OPENING(who),
  `${who} sends: <auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">{plain - ${user} pw-${user}}</auth>`,
  `${who} receives: <success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>`,
  ...OPENING(who),
];

const OPENING = (who: string) => [
  `${who} sends: <open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="${DOMAIN}" version="1.0"/>`,
  `${who} receives: {any}`,
  `${who} receives: {any}`,
];

/** Lines that stand for others. */
const SHORT: readonly { readonly line: RegExp; readonly stands: (...found: string[]) => string[] }[] = [
  {
    line: /^(\w+) signs in as (\w+)(?: with (\w+))?$/,
    stands: (who = "", user = "", resource = "desktop") => [
      ...AUTHENTICATION(who, user),
      `${who} sends: <iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${resource}</resource></bind></iq>`,
      `${who} receives: <iq xmlns="jabber:client" type="result" id="bind">{any}</iq>`,
    ],
  },
  { line: /^(\w+) opens a stream$/, stands: (who = "") => OPENING(who) },
  { line: /^(\w+) authenticates as (\w+)$/, stands: (who = "", user = "") => AUTHENTICATION(who, user) },
  {
    line: /^(\w+) is present$/,
    stands: (who = "") => [
      `${who} sends: <presence xmlns="jabber:client"/>`,
      `${who} receives: <presence xmlns="jabber:client" from="{any}" to="{any}"/>`,
      `${who} receives: <presence xmlns="jabber:client" from="finesse@${DOMAIN}/{any}" to="{any}">{any}</presence>`,
    ],
  },
];

const LINES: readonly { readonly line: RegExp; readonly step: (...found: string[]) => object }[] = [
  { line: /^(\w+) sends: (.*)$/s, step: (who, text) => ({ does: "sends", who, text }) },
  { line: /^(\w+) sends binary$/, step: (who) => ({ does: "binary", who }) },
  { line: /^(\w+) receives: (.*)$/s, step: (who, text) => ({ does: "receives", who, text }) },
  { line: /^(\w+) receives exactly: (.*)$/s, step: (who, text) => ({ does: "exactly", who, text }) },
  { line: /^(\w+) receives nothing$/, step: (who) => ({ does: "nothing", who }) },
  { line: /^(\w+)'s socket closes with (\d+)$/, step: (who, code) => ({ does: "closes", who, code: Number(code) }) },
  { line: /^(\w+)'s socket breaks$/, step: (who) => ({ does: "breaks", who }) },
  { line: /^server publishes (\S+): (.*)$/s, step: (who, text) => ({ does: "publishes", who, text }) },
];

/** Reads a conversation. */
export function parseConversation(text: string): Conversation {
  const settings = new Map<string, string>();
  const headings: string[] = [];
  const steps: Step[] = [];
  for (const { line, said } of joinedLines(text)) {
    const setting = /^with (\w+) (.+)$/.exec(said);
    if (said.startsWith("# ")) headings.push(said.slice(2));
    else if (setting) settings.set(setting[1] as string, setting[2] as string);
    else {
      const lines = spelledOut(said);
      const place = { line, heading: headings.at(-1) ?? "", isSetUp: lines[0] !== said };
      for (const each of lines) steps.push({ ...place, ...stepOf(each, line) } as Step);
    }
  }
  return { settings, headings, steps };
}

function joinedLines(text: string): { readonly line: number; said: string }[] {
  const lines: { readonly line: number; said: string }[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const said = raw.trim();
    const last = lines.at(-1);
    if (said === "" || said.startsWith("//")) continue;
    if (/^\s/.test(raw) && last) last.said += said;
    else lines.push({ line: index + 1, said });
  }
  return lines;
}

function spelledOut(said: string): string[] {
  for (const { line, stands } of SHORT) {
    const found = line.exec(said);
    if (found) return stands(...found.slice(1));
  }
  return [said];
}

function stepOf(said: string, number: number): object {
  for (const { line, step } of LINES) {
    const found = line.exec(said);
    if (found) return step(...found.slice(1));
  }
  throw new Error(`Line ${number} is none that is known: ${said}`);
}

/** Plays a conversation; fails with the line that did not go as it says. */
export async function play({ steps }: Conversation, stage: Stage): Promise<void> {
  const desks = new Map<string, Desk>();
  const bound = new Map<string, string>();
  for (const step of steps) {
    try {
      if (step.does === "publishes") await stage.publish(step.who, step.text);
      else {
        const desk = desks.get(step.who) ?? (await stage.connect());
        desks.set(step.who, desk);
        await playStep(desk, { step, bound });
      }
    } catch (error) {
      throw new Error(`Line ${step.line} (${step.heading}): ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

async function playStep(desk: Desk, { step, bound }: { readonly step: Step; readonly bound: Map<string, string> }): Promise<void> {
  switch (step.does) {
    case "sends":
      return await desk.send(await filledIn(step.text, bound));
    case "binary":
      return await desk.send(new Uint8Array([60, 97, 47, 62]));
    case "receives":
      return matchFrame(await filledIn(step.text, bound), { frame: await desk.next(), bound });
    case "exactly": {
      const frame = await desk.next();
      if (frame !== step.text) throw new Error(`not to the byte: ${frame}`);
      return;
    }
    case "nothing": {
      const frames = await desk.quiet();
      if (frames.length > 0) throw new Error(`something came: ${frames.join("\n")}`);
      return;
    }
    case "breaks":
      return await desk.break();
    case "closes": {
      const code = await desk.closed();
      if (code !== step.code) throw new Error(`closed with ${code}`);
    }
  }
}

/** Puts in what is bound or computed; other names stay, for the matcher to bind. */
export async function filledIn(text: string, bound: Map<string, string>): Promise<string> {
  let filled = "";
  let from = 0;
  for (const found of text.matchAll(/\{([a-z][a-z0-9-]*)((?: [^{} ]+)*)\}/g)) {
    const [whole, name = "", words = ""] = found;
    const compute = COMPUTED[name];
    const value = compute ? await compute(words.trim().split(" "), bound) : (bound.get(name) ?? whole);
    filled += text.slice(from, found.index) + value;
    from = found.index + whole.length;
  }
  return filled + text.slice(from);
}
