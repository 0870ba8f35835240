/**
 * How far a connection came: what its frames have established so far.
 *
 * @module
 */

import type { Explained } from "./explained.ts";
import type { Fault, Step } from "./explanation.ts";
import { FAULT_CODES, type FaultCode } from "./fault_codes.ts";
import { FAULTS } from "./faults.ts";
import { masked } from "./mask.ts";
import type { Ended, Transport, Upgrade } from "./recording.ts";
import type { RuleName } from "./rules.ts";
import type { SignIn } from "./sasl.ts";

/** A request that may be answered. */
export interface Asked {
  readonly frame: Explained;
  readonly rule: RuleName | null;
  /** Of a subscription: the address that it names. */
  readonly jid: string;
  readonly node: string;
}

/** Faults of one code that a connection tells one by one; beyond it they are counted in the last. */
const MOST_OF_A_CODE = 25;
const MOST_REQUESTS = 1000;

export type Details = Readonly<Record<string, string | number>>;

interface FoundFault {
  readonly fault: Fault;
  readonly details: Record<string, string | number>;
  /** What makes it the same again. */
  readonly key: string;
  /** The frame that it has marked. */
  readonly frame: Explained | null;
}

export class Course {
  readonly index: number;
  readonly transport: Transport;
  readonly page: string;
  readonly framesKnown: boolean;
  upgrade: Upgrade | null;
  ended: Ended | null = null;

  /** Recorded frames so far. */
  raw = 0;
  first: Explained | null = null;
  firstOut: Explained | null = null;
  firstIn: Explained | null = null;
  lastOut: Explained | null = null;
  lastAt: number | null = null;
  readonly counts = new Map<Step, number>();

  /** False: the recording begins in the middle of the connection. */
  isWhole = true;
  open: Explained | null = null;
  /** The server's `<open/>`, or what stands for it. */
  openResponse: Explained | null = null;
  /** Did a session of BOSH come about? */
  hasSession = false;
  domain = "";
  served = "";
  features: Explained | null = null;
  hasBindFeature = false;
  offered: readonly string[] = [];

  auth: Explained | null = null;
  signIn: SignIn | null = null;
  /** What is still to be answered of a SASL exchange. */
  exchange: Explained | null = null;
  legacyAuth: Explained | null = null;
  success: Explained | null = null;
  needsRestart = false;
  restart: Explained | null = null;
  failures = 0;

  bind: Explained | null = null;
  bound: Explained | null = null;
  jid = "";
  resume: Explained | null = null;
  isResumed = false;

  presence: Explained | null = null;
  priority = 0;
  contact: "unknown" | "available" | "unavailable" = "unknown";
  contactFrame: Explained | null = null;
  contactName = "";
  subscribe: Explained | null = null;
  subscribed: Explained | null = null;
  granted = 0;
  /** Nodes that the client has unsubscribed from itself. */
  readonly given = new Set<string>();
  lastNode = "";
  hasFinesseNodes = false;
  events = 0;
  publishes = 0;
  /** Messages, rosters, items: what only a client of another kind asks for, or what shows that it is served. */
  others = 0;

  /** Has the client said that it goes (RFC 6121 §4.5)? */
  hasLeft = false;
  closeOut: Explained | null = null;
  closeIn: Explained | null = null;
  streamError: Explained | null = null;
  terminated: Explained | null = null;
  lastLongOut: Explained | null = null;

  readonly requests = new Map<string, Asked>();
  readonly #found: FoundFault[] = [];
  /** What is so as things stand, and judged anew each time. */
  #provisional: FoundFault[] = [];
  #isProvisional = false;
  readonly #ofCode = new Map<FaultCode, readonly FoundFault[]>();
  readonly #replaced = new Set<FaultCode>();

  constructor({ index, transport, upgrade, framesKnown, page }: Pick<Course, "index" | "transport" | "upgrade" | "framesKnown" | "page">) {
    this.index = index;
    this.transport = transport;
    this.upgrade = upgrade;
    this.framesKnown = framesKnown;
    this.page = page;
  }

  get faults(): Fault[] {
    return [...this.#found, ...this.#provisional].map(({ fault }) => fault).filter(({ code }) => !this.#replaced.has(code));
  }

  /** Has something been found that explains why there was no more? */
  get isExplained(): boolean {
    return this.faults.some(({ code }) => FAULTS[code].isFinal);
  }

  has(...codes: FaultCode[]): boolean {
    return codes.some((code) => this.#ofCode.has(code) || this.#provisional.some(({ fault }) => fault.code === code));
  }

  /** Forgets what was judged as things stood; what is noted from now on is to be forgotten the next time. */
  judgeAnew(): void {
    this.withdraw(...FAULT_CODES);
    this.#isProvisional = true;
  }

  /** Takes back what was judged as things stand. */
  withdraw(...codes: FaultCode[]): void {
    const [taken, kept] = [true, false].map((isTaken) => this.#provisional.filter(({ fault }) => codes.includes(fault.code) === isTaken));
    for (const { fault, frame } of taken ?? []) if (frame) frame.faults.splice(frame.faults.indexOf(fault.code), 1);
    this.#provisional = kept ?? [];
  }

  /** What is noted from now on stays. */
  goOn(): void {
    this.#isProvisional = false;
  }

  /** Notes a fault. The same with the same details is counted, not told again. */
  fault(code: FaultCode, frame: Explained | null, details: Details = {}): void {
    const isMarked = frame?.faults.includes(code) ?? true;
    if (frame && !isMarked) frame.faults.push(code);
    const told = maskedDetails(details);
    const found = {
      fault: { code, connection: this.index, frame: frame?.index ?? null, details: told },
      details: told,
      key: keyOf(told),
      frame: isMarked ? null : frame,
    };
    if (this.#isProvisional) this.#provisional.push(found);
    else this.#keep(found);
  }

  /** Tells faults of one code by another from now on. */
  replace(code: FaultCode, by: FaultCode): void {
    this.#replaced.add(code);
    for (const { fault, frame } of this.#found) if (frame && fault.code === code && !frame.faults.includes(by)) frame.faults[frame.faults.indexOf(code)] = by;
  }

  #keep(found: FoundFault): void {
    const alike = this.#ofCode.get(found.fault.code) ?? [];
    const known = alike.find(({ key }) => key === found.key) ?? (alike.length >= MOST_OF_A_CODE ? alike.at(-1) : undefined);
    if (!known) {
      this.#ofCode.set(found.fault.code, [...alike, found]);
      this.#found.push(found);
      return;
    }
    known.details["times"] = Number(known.details["times"] ?? 1) + 1;
    const { seconds } = found.details;
    if (typeof seconds === "number") known.details["seconds"] = Math.max(seconds, Number(known.details["seconds"] ?? 0));
  }

  /** Takes back what has turned out to be none. */
  retract(isNone: (fault: Fault) => boolean): void {
    for (const found of this.#found.filter(({ fault }) => isNone(fault))) {
      const { fault, frame } = found;
      this.#found.splice(this.#found.indexOf(found), 1);
      const alike = (this.#ofCode.get(fault.code) ?? []).filter((each) => each !== found);
      if (alike.length > 0) this.#ofCode.set(fault.code, alike);
      else this.#ofCode.delete(fault.code);
      if (frame) frame.faults.splice(frame.faults.indexOf(fault.code), 1);
    }
  }

  ask(key: string, asked: Asked): void {
    this.requests.set(key, asked);
    if (this.requests.size > MOST_REQUESTS) this.requests.delete(this.requests.keys().next().value as string);
  }

  /** What the answer with this key answers; it is forgotten then. */
  answered(key: string): Asked | undefined {
    const asked = this.requests.get(key);
    this.requests.delete(key);
    return asked;
  }
}

/** Neither how often it came nor how long it took makes a fault another. */
function keyOf({ times: _, seconds: __, ...details }: Record<string, string | number>): string {
  return JSON.stringify(details);
}

function maskedDetails(details: Details): Record<string, string | number> {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, typeof value === "string" ? masked(value).slice(0, 500) : value]));
}
