/**
 * One connection: its frames in their order, which answers which, and what is judged of it.
 *
 * @module
 */

import { childrenOf, type Element, serialize, textOf } from "../xmpp/mod.ts";
import { type Envelope, envelopeOf, isBody, stanzasIn } from "./bosh.ts";
import { type Asked, Course } from "./course.ts";
import { Explained } from "./explained.ts";
import type { ExplainedConnection, FrameKind, Step } from "./explanation.ts";
import { readFrame } from "./frame.ts";
import { judgeEnvelope, judgeStatus } from "./judge_bosh.ts";
import { judgeEnd, judgeUnanswered } from "./judge_end.ts";
import { judgeFrame, nodeIn } from "./judge_frames.ts";
import { follows, startOf } from "./judge_loss.ts";
import { clockSkew, judgeUpgrade } from "./judge_upgrade.ts";
import { masked } from "./mask.ts";
import { ANSWERS, type Recognised, recognise } from "./recognise.ts";
import type { Ended, RawFrame, Upgrade } from "./recording.ts";
import type { RuleName } from "./rules.ts";
import { readSignIn } from "./sasl.ts";
import { sayOf, valuesOf } from "./saying.ts";
import { upgradeTable } from "./upgrade_table.ts";

const encoder = new TextEncoder();
/** Milliseconds after which an answer is late. */
const SLOW = 3000;
/** Bytes from which a frame is one that servers may refuse for its length. */
const LONG = 60_000;

/** What a server says at the beginning of a stream, and to somebody who has not opened one. */
const SHOWS_BEGINNING: ReadonlySet<FrameKind> = new Set([
  "open-response",
  "features",
  "stream-error",
  "close",
  "terminate",
  "http-error",
  "legacy-stream",
  "malformed",
]);

/** What is said of an upgrade that did not come about. */
const NO_UPGRADE: ReadonlySet<string> = new Set(["upgrade-stripped", "upgrade-wrong-path", "origin-refused", "server-busy", "upgrade-refused"]);

const NOTHING: Element = { name: "", ns: "", attrs: {}, children: [] };

/** One document of a frame, as it is to be explained. */
interface Part {
  readonly element: Element;
  readonly recognised: Recognised;
  readonly text: string;
  readonly bytes: number;
}

export class Conversation {
  readonly course: Course;

  constructor(options: ConstructorParameters<typeof Course>[0]) {
    this.course = new Course(options);
    this.#judgeUpgrade();
  }

  /** Is this the answer to the upgrade that began it? */
  mayStillBe(upgrade: Upgrade | null): boolean {
    const { upgrade: before, ended } = this.course;
    if (ended || before === null || upgrade === null || before.answeredAt !== null) return false;
    return before.url === upgrade.url && before.startedAt === upgrade.startedAt;
  }

  answered(upgrade: Upgrade | null): void {
    this.course.upgrade = upgrade;
    this.#judgeUpgrade();
  }

  #judgeUpgrade(): void {
    const { upgrade } = this.course;
    if (!upgrade || (upgrade.status === 0 && upgrade.answeredAt === null && upgrade.error === "")) return;
    judgeUpgrade(this.course);
    const seconds = clockSkew(upgrade);
    if (seconds !== undefined) this.course.fault("clock-skew", null, { seconds, by: "date" });
  }

  close(ended: Ended): void {
    this.course.ended ??= ended;
  }

  /** Takes the next frame. A body of BOSH gives as many as it holds. */
  take(frame: RawFrame, index: number): Explained[] {
    const { course } = this;
    const raw = course.raw++;
    // A socket that carries frames was upgraded, whatever status was written down: over HTTP/2 it is 200 (RFC 8441 §5).
    if (raw === 0 && course.transport === "websocket") course.retract(({ code }) => NO_UPGRADE.has(code));
    const explained = this.#partsOf(frame).map((part, at) => this.#explain({ frame, raw, part, index: index + at }));
    course.lastAt = frame.at ?? course.lastAt;
    return explained;
  }

  #partsOf(frame: RawFrame): Part[] {
    const { text, direction, binary, status } = frame;
    const bytes = encoder.encode(text).length;
    const { element, problem } = readFrame(text);
    if (element && isBody(element)) return bodyParts({ body: element, direction, text, bytes });
    // What answers like a web server is none of BOSH's: a page to sign in at, a path that is another's.
    const isForeign = this.course.transport === "bosh" && direction === "in" && status === undefined && !binary && /^\s*<(?:!doctype|html)\b/i.test(text);
    if (isForeign) return [plainPart("http-error", "open", { text, bytes, about: "200" })];
    if (status !== undefined) return [plainPart("http-error", "open", { text, bytes, about: String(status) })];
    if (element) return [{ element, text, bytes, recognised: binary ? { ...recognise(element, direction), kind: "binary" } : recognise(element, direction) }];
    if (binary) return [plainPart("binary", "other", { text, bytes })];
    if (problem === "white-space") return [plainPart("white-space", "ping", { text, bytes })];
    if (/^\s*(?:<\?xml[^>]*>\s*)?<(?:\w+:)?stream[\s>]/.test(text)) return [plainPart("legacy-stream", "open", { text, bytes })];
    if (/^\s*<\/(?:\w+:)?stream\s*>/.test(text)) return [plainPart("close", "close", { text, bytes })];
    return [plainPart("malformed", "other", { text, bytes, about: problem ?? "" })];
  }

  #explain({ frame, raw, part, index }: { readonly frame: RawFrame; readonly raw: number; readonly part: Part; readonly index: number }): Explained {
    const { course } = this;
    const { element, text, bytes } = part;
    const { direction, at } = frame;
    const asked = this.#askedBy(element, frame);
    const recognised = this.#inCourse(part, asked, direction);
    const { kind, step } = recognised;
    const signIn = kind === "auth-request" ? readSignIn(element.attrs["mechanism"] ?? "", initialOf(element)) : null;
    if (signIn) course.signIn = signIn;
    const request = asked?.frame ?? this.#nonzaAsked(recognised);
    const about = signIn?.authcid ? `${signIn.mechanism} ${signIn.authcid}` : recognised.about || (asked?.node ?? "");
    const explained = new Explained({
      ...{ index, connection: course.index, raw, direction, at, bytes, text: masked(text), step, kind, about: masked(about), rule: recognised.rule },
      answers: request?.index ?? null,
      latencyMs: request?.at != null && at !== null ? Math.max(0, at - request.at) : null,
      say: sayOf({ element, kind, step, direction, course, signIn }),
      values: valuesOf({ element, course, asked, signIn, about, bytes }),
    });
    this.#note(explained);
    if (isBody(element)) judgeEnvelope({ course, frame: explained, element, asked });
    else if (element !== NOTHING) judgeFrame({ course, frame: explained, element, asked });
    this.#judgeForm(explained, frame);
    this.#judgeLatency(explained);
    this.#ask(explained, element, recognised.rule);
    return explained;
  }

  /** What only the frames before can tell: a second `<open/>` is a restart, an answer is its question's. */
  #inCourse({ recognised }: Part, asked: Asked | undefined, direction: RawFrame["direction"]): Recognised {
    const { kind } = recognised;
    const { course } = this;
    const isRestarting = course.success !== null && course.needsRestart && !course.bound;
    if (isRestarting && (kind === "open-request" || kind === "open-response" || kind === "features")) {
      return { ...recognised, step: "restart", rule: kind === "features" ? "features" : "restart" };
    }
    if (kind === "resume-failure" && !course.resume) return { ...recognised, step: "acknowledgement" };
    if (!asked) return recognised;
    const answer = kind === "refused" ? kind : (ANSWERS[asked.frame.kind] ?? "iq-response");
    // A ping that is answered by an error is answered all the same (XEP-0199 §4.2).
    const isPong = asked.frame.kind === "ping" && direction === "in";
    return { ...recognised, step: asked.frame.step, kind: isPong ? "pong" : answer, rule: kind === "refused" ? recognised.rule : asked.rule };
  }

  /** The request that an element answers that is no stanza. */
  #nonzaAsked({ kind, step }: Recognised): Explained | null {
    const { course } = this;
    if (step === "service-contact") return course.contact === "unknown" ? course.presence : null;
    if (kind === "open-response") return course.open;
    if (kind === "features") return course.openResponse ?? course.open;
    if (kind === "auth-challenge" || kind === "auth-success" || kind === "auth-failure") return course.exchange;
    return kind === "resume-response" || kind === "resume-failure" ? course.resume : null;
  }

  #askedBy(element: Element, { direction }: RawFrame): Asked | undefined {
    if (element.name !== "iq" || !/^(?:result|error)$/.test(element.attrs["type"] ?? "")) return undefined;
    return this.course.answered(`${direction === "in" ? "out" : "in"} ${element.attrs["id"] ?? ""}`);
  }

  #ask(explained: Explained, element: Element, rule: RuleName | null): void {
    if (element.name !== "iq" || !/^(?:get|set)$/.test(element.attrs["type"] ?? "")) return;
    const jid = childrenOf(childrenOf(element)[0] ?? element)[0]?.attrs["jid"] ?? "";
    const node = explained.kind === "subscribe-request" || explained.step === "publish" || explained.kind === "items-request" ? nodeIn(element) : "";
    this.course.ask(`${explained.direction} ${element.attrs["id"] ?? ""}`, { frame: explained, rule, jid, node });
  }

  #note(explained: Explained): void {
    const { course } = this;
    const { kind, step, direction } = explained;
    course.counts.set(step, (course.counts.get(step) ?? 0) + 1);
    if (direction === "in" && course.firstIn === null && course.open === null && !SHOWS_BEGINNING.has(kind)) course.isWhole = false;
    if (kind !== "white-space") course.first ??= explained;
    if (direction === "in") course.firstIn ??= explained;
    else {
      course.firstOut ??= explained;
      course.lastOut = explained;
      course.lastLongOut = explained.bytes >= LONG ? explained : null;
    }
  }

  #judgeForm(explained: Explained, { direction, binary }: RawFrame): void {
    const { course } = this;
    const by = direction === "out" ? "client" : "server";
    if (binary) course.fault("wrong-framing", explained, { sent: "binary", by });
    if (explained.kind === "legacy-stream" && course.transport === "websocket") course.fault("wrong-framing", explained, { sent: "<stream:stream>", by });
    if (explained.kind === "http-error") judgeStatus(course, explained);
    // What is wrong with a body of BOSH the answer tells.
    if (explained.kind !== "malformed" || (course.transport === "bosh" && direction === "out")) return;
    const problem = explained.about;
    if (problem === "not-well-formed" || problem === "two-stanzas-in-frame" || problem === "restricted-xml") course.fault(problem, explained, { by });
  }

  #judgeLatency(explained: Explained): void {
    const { latencyMs, direction, step } = explained;
    if (latencyMs === null || latencyMs < SLOW || direction === "out") return;
    this.course.fault("slow-step", explained, { step, seconds: Math.round(latencyMs / 100) / 10 });
  }

  /** Judges what is so at this moment; what was judged before is forgotten. */
  judge({ now, next, isSaved }: { readonly now: number | null; readonly next: Course | undefined; readonly isSaved: boolean }): void {
    const { course } = this;
    const { ended, closeIn, closeOut, streamError, terminated } = course;
    const isFollowed = next !== undefined && follows(next, course);
    const nextAt = isFollowed ? startOf(next) : null;
    const isOver = ended !== null || closeIn !== null || closeOut !== null || streamError !== null || terminated !== null || isFollowed;
    const at = earliest(ended?.at ?? (ended ? course.lastAt : null), closeOut?.at ?? null, nextAt) ?? latest(now, course.lastAt);
    course.judgeAnew();
    judgeUnanswered({ course, at, isOver, isSaved });
    judgeEnd({ course, at, isOver, isSaved });
  }

  summary(): ExplainedConnection {
    const { index, transport, upgrade, ended, jid, first } = this.course;
    return {
      ...{ index, transport, jid: masked(jid), url: masked(upgrade?.url ?? "") },
      startedAt: upgrade?.startedAt ?? first?.at ?? null,
      endedAt: ended?.at ?? null,
      code: ended?.code ?? null,
      upgrade: upgrade && transport === "websocket" ? upgradeTable(upgrade) : [],
    };
  }
}

const plainPart = (
  kind: FrameKind,
  step: Step,
  { text, bytes, about = "" }: { readonly text: string; readonly bytes: number; readonly about?: string },
): Part => ({
  ...{ element: NOTHING, text, bytes },
  recognised: { step, kind, about, rule: RULE_OF_FORM[kind] ?? null },
});

const RULE_OF_FORM: Partial<Record<FrameKind, RuleName>> = {
  "http-error": "bosh-terminal",
  "white-space": "keep-alive",
  "legacy-stream": "framing",
  binary: "messages",
  malformed: "one-per-frame",
  close: "close",
};

const ENVELOPES: Readonly<Record<Exclude<Envelope, "none">, Omit<Recognised, "about">>> = {
  create: { step: "open", kind: "open-request", rule: "bosh-session" },
  created: { step: "open", kind: "open-response", rule: "bosh-session" },
  restart: { step: "restart", kind: "open-request", rule: "bosh-xmpp" },
  terminate: { step: "close", kind: "terminate", rule: "bosh-terminal" },
  empty: { step: "other", kind: "empty-body", rule: "bosh-request" },
};

/** A body that holds one stanza and says nothing itself is shown as it came. */
function bodyParts({
  body,
  direction,
  text,
  bytes,
}: {
  readonly body: Element;
  readonly direction: RawFrame["direction"];
  readonly text: string;
  readonly bytes: number;
}): Part[] {
  const envelope = envelopeOf(body, direction);
  const stanzas = stanzasIn(body);
  const inside = stanzas.map((each) => ({ ...each, bytes: encoder.encode(each.text).length, recognised: recognise(each.element, direction) }));
  const [only] = inside;
  if (envelope === "none") return only && inside.length === 1 ? [{ ...only, text, bytes }] : inside;
  const about = body.attrs["condition"] ?? body.attrs["to"] ?? body.attrs["from"] ?? "";
  const head = serialize({ ...body, children: [] }, null);
  const shown = inside.length === 0 ? { text, bytes } : { text: head, bytes: encoder.encode(head).length };
  return [{ element: body, recognised: { ...ENVELOPES[envelope], about }, ...shown }, ...inside];
}

/** What a client's first message says, of either SASL profile. */
function initialOf(element: Element): string {
  const inside = childrenOf(element).find(({ name }) => name === "initial-response");
  return textOf(inside ?? element);
}

function earliest(...moments: readonly (number | null)[]): number | null {
  return moments.reduce((least, each) => (each !== null && (least === null || each < least) ? each : least), null);
}

function latest(...moments: readonly (number | null)[]): number | null {
  return moments.reduce((most, each) => (each !== null && (most === null || each > most) ? each : most), null);
}
