/**
 * `npm run test:differential`: the same conversations on Deskwire, Prosody and ejabberd, and who is right where they differ.
 *
 * @module
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { type Named, readConversations, readNotPlayed } from "./differential/conversations.ts";
import { type DifferentialOptions, readDifferentialOptions, USAGE } from "./differential/options.ts";
import { playOn, type Said } from "./differential/play.ts";
import { type Judged, linesOf, summaryOf, withDifferences } from "./differential/report.ts";
import { type Subject, startSubject, versionOf } from "./differential/servers.ts";
import { type Answers, isJudged, Known, parseVerdicts, redrafted, renderVerdicts, saidIn, type ServerName } from "./differential/verdicts.ts";
import { ROOT } from "./start/options.ts";
import { Problem } from "./start/problem.ts";

const VERDICTS = join(ROOT, "test/differential/verdicts.txt");
const DOCUMENT = join(ROOT, "docs/differential.md");
const HEADING = "# Where Deskwire, Prosody and ejabberd differ: who is right, by which paragraph, and why. tools/differential/verdicts.ts says how to read it.";
/** A difference that nobody knows is played once more, with more time, before it is one. */
const PATIENCE = 2;

try {
  const options = readDifferentialOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else await compare(options);
} catch (fault) {
  console.error(fault instanceof Problem ? fault.message : fault);
  process.exitCode = 1;
}

async function compare(options: DifferentialOptions): Promise<void> {
  const names = await installed(options.servers);
  if (names.length < 2) throw new Problem("There is nothing to compare: fewer than two of the servers are here");
  const chosen = chosenOf(options);
  if (chosen.length === 0) throw new Problem(`No conversation that can be played begins with ${options.only.join(", ")}`);
  const verdicts = parseVerdicts(readFileSync(VERDICTS, "utf8"));
  const known = new Known(verdicts);
  const subjects: Subject[] = [];
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => void Promise.all(subjects.map((each) => each.stop())).then(() => process.exit(1)));
  try {
    for (const name of names) subjects.push(await startSubject(name));
    const judged = await judgeAll(chosen, { subjects, known, raw: options.raw });
    // With a server missing, what differs from it alone does not show.
    const played = names.length === 3 ? new Set(chosen.map(({ name }) => name)) : new Set<string>();
    const vanished = known.vanished(played);
    for (const place of vanished) console.log(`listed, and gone: ${place}`);
    if (options.write) write(redrafted(verdicts, { judged, played }));
    const unjudged = verdicts.filter((verdict) => !isJudged(verdict)).length;
    if (unjudged > 0) console.log(`${unjudged} verdicts are not judged: each needs right, by and why`);
    process.exitCode = unjudged > 0 || vanished.length > 0 || judged.some(({ judgement: { is } }) => is === "unlisted" || is === "changed") ? 1 : 0;
    console.log(summaryOf(judged, vanished));
  } finally {
    await Promise.all(subjects.map((subject) => subject.stop()));
  }
}

async function installed(names: readonly ServerName[]): Promise<readonly ServerName[]> {
  const versions = await Promise.all(names.map(versionOf));
  for (const [at, name] of names.entries()) console.log(`${name}: ${versions[at] ?? "is not installed here, and is left out"}`);
  return names.filter((_, at) => versions[at] !== undefined);
}

/** Those that were asked for and can be played; of the rest it says why not. */
function chosenOf({ only }: DifferentialOptions): readonly Named[] {
  const notPlayed = readNotPlayed();
  const wanted = readConversations().filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)));
  return wanted.filter(({ name }) => {
    const reason = notPlayed.get(name);
    if (reason !== undefined) console.log(`not played: ${name}: ${reason}`);
    return reason === undefined;
  });
}

interface House {
  readonly subjects: readonly Subject[];
  readonly known: Known;
  readonly raw: boolean;
}

async function judgeAll(chosen: readonly Named[], house: House): Promise<readonly Judged[]> {
  const all: Judged[] = [];
  for (const named of chosen) {
    console.log(named.name);
    let judged = await judge(named, house, 1);
    if (judged.some(({ judgement: { is } }) => is === "unlisted" || is === "changed")) judged = await judge(named, house, PATIENCE);
    for (const each of judged) for (const line of linesOf(each)) console.log(line);
    all.push(...judged);
  }
  return all;
}

async function judge({ name, conversation }: Named, { subjects, known, raw }: House, patience: number): Promise<readonly Judged[]> {
  const played = await Promise.all(
    subjects.map(async (subject) => {
      const { peer } = subject;
      const said = await playOn(conversation, { socketUrl: peer.socketUrl, publish: peer.publish, patience });
      await subject.clear(conversation);
      return { subject: subject.name, said };
    }),
  );
  if (raw) for (const { subject, said } of played) printRaw(subject, said);
  const exchanges = played[0]?.said ?? [];
  return exchanges
    .map(({ name: exchange, isSetUp }, at) => ({ isSetUp, exchange, said: new Map(played.map((each) => [each.subject, saidIn(each.said[at]?.lines ?? [])])) }))
    .filter(({ isSetUp }) => !isSetUp)
    .map(({ exchange, said }) => {
      const answers: Answers = { conversation: name, exchange, said };
      return { answers, judgement: known.judge(answers) };
    });
}

function printRaw(server: ServerName, said: readonly Said[]): void {
  for (const { name, raw } of said) for (const line of raw) console.log(`    [${server}] ${name}: ${line}`);
}

function write(verdicts: ReturnType<typeof redrafted>): void {
  writeFileSync(VERDICTS, renderVerdicts(verdicts, HEADING));
  writeFileSync(DOCUMENT, withDifferences(readFileSync(DOCUMENT, "utf8"), verdicts));
  console.log("Written: test/differential/verdicts.txt, docs/differential.md");
}
