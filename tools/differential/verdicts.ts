/**
 * The differences that are known: who is right, by which paragraph, and why (`test/differential/verdicts.txt`).
 *
 *     right: deskwire, prosody
 *     by: RFC 7395 §3.5
 *     why: one line
 *     at: conversation | name of the exchange
 *       deskwire: what it said, in normal form, connections one after the other
 *       prosody: …
 *       ejabberd: …
 *
 * @module
 */

export const SERVER_NAMES = ["deskwire", "prosody", "ejabberd"] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** What each server that was played on said at one place. */
export interface Answers {
  readonly conversation: string;
  readonly exchange: string;
  readonly said: ReadonlyMap<ServerName, string>;
}

export interface Verdict {
  /** Names of servers; `all`: each may do as it does; `?`: nobody has judged yet. */
  readonly right: string;
  readonly by: string;
  readonly why: string;
  readonly places: readonly Answers[];
}

const LONGEST = 600;

/** What is written of an answer: one line; a very long one is cut, with a mark of the rest. */
export function saidIn(lines: readonly string[]): string {
  const text = lines.length === 0 ? "nothing" : lines.join("  ").replaceAll("\n", " ");
  if (text.length <= LONGEST) return text;
  let mark = 0;
  for (const character of text.slice(LONGEST)) mark = (mark * 31 + (character.codePointAt(0) ?? 0)) % 0xffffff;
  return `${text.slice(0, LONGEST)}…#${mark.toString(16)}`;
}

export function placeOf({ conversation, exchange }: Pick<Answers, "conversation" | "exchange">): string {
  return `${conversation} | ${exchange}`;
}

/** @throws {Error} names the line that is none */
export function parseVerdicts(text: string): readonly Verdict[] {
  const verdicts: { right: string; by: string; why: string; places: Answers[] }[] = [];
  let said: Map<ServerName, string> | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, key = "", value = ""] = /^(\w+): ?(.*)$/s.exec(line) ?? [];
    const verdict = verdicts.at(-1);
    if (key === "right") verdicts.push({ right: value, by: "", why: "", places: [] });
    else if (verdict && (key === "by" || key === "why")) verdict[key] = value;
    else if (verdict && key === "at") {
      const [conversation = "", exchange = ""] = value.split(" | ");
      said = new Map();
      verdict.places.push({ conversation, exchange, said });
    } else if (said && isServerName(key)) said.set(key, value);
    else throw new Error(`Line ${index + 1} is no line of a verdict: ${line}`);
  }
  return verdicts;
}

export function isServerName(name: string): name is ServerName {
  return (SERVER_NAMES as readonly string[]).includes(name);
}

export function renderVerdicts(verdicts: readonly Verdict[], heading: string): string {
  const texts = verdicts
    .filter(({ places }) => places.length > 0)
    .map(({ right, by, why, places }) => [`right: ${right}`, `by: ${by}`, `why: ${why}`, ...places.map(renderPlace)].join("\n"));
  return `${heading}\n\n${texts.join("\n\n")}\n`;
}

function renderPlace(answers: Answers): string {
  const said = SERVER_NAMES.filter((name) => answers.said.has(name)).map((name) => `  ${name}: ${answers.said.get(name)}`);
  return [`at: ${placeOf(answers)}`, ...said].join("\n");
}

export type Judgement = { readonly is: "same" | "unlisted" } | { readonly is: "listed" | "changed"; readonly verdict: Verdict };

/** Holds what was said against what is known. Servers that were not played on are not missed. */
export class Known {
  readonly #byPlace = new Map<string, { readonly verdict: Verdict; readonly answers: Answers }>();
  readonly #seen = new Set<string>();

  constructor(verdicts: readonly Verdict[]) {
    for (const verdict of verdicts) for (const answers of verdict.places) this.#byPlace.set(placeOf(answers), { verdict, answers });
  }

  judge(answers: Answers): Judgement {
    if (new Set(answers.said.values()).size < 2) return { is: "same" };
    const known = this.#byPlace.get(placeOf(answers));
    if (!known) return { is: "unlisted" };
    this.#seen.add(placeOf(answers));
    const isAsKnown = [...answers.said].every(([name, said]) => known.answers.said.get(name) === said);
    return { is: isAsKnown ? "listed" : "changed", verdict: known.verdict };
  }

  /** Places of played conversations where the servers agree by now. */
  vanished(played: ReadonlySet<string>): readonly string[] {
    return [...this.#byPlace.values()]
      .map(({ answers }) => answers)
      .filter((answers) => played.has(answers.conversation) && !this.#seen.has(placeOf(answers)))
      .map(placeOf);
  }
}

const UNJUDGED = "?";

/** The verdicts after a run: what has gone is left out, what is new or said otherwise waits for somebody to judge it. */
export function redrafted(
  verdicts: readonly Verdict[],
  { judged, played }: { readonly judged: readonly { readonly answers: Answers; readonly judgement: Judgement }[]; readonly played: ReadonlySet<string> },
): readonly Verdict[] {
  const listed = new Set(judged.filter(({ judgement }) => judgement.is === "listed").map(({ answers }) => placeOf(answers)));
  const kept = verdicts.map((verdict) => ({
    ...verdict,
    places: verdict.places.filter((each) => !played.has(each.conversation) || listed.has(placeOf(each))),
  }));
  const open = judged
    .filter(({ judgement }) => judgement.is === "unlisted" || judgement.is === "changed")
    .map(({ answers, judgement }) => ({
      right: UNJUDGED,
      by: "",
      why: "verdict" in judgement ? `was: ${judgement.verdict.right}, ${judgement.verdict.why}` : "",
      places: [answers],
    }));
  return [...kept, ...open];
}

export function isJudged({ right, by, why }: Verdict): boolean {
  return right !== UNJUDGED && right !== "" && by !== "" && why !== "";
}
