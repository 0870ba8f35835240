/**
 * `deskwire doctor`: examines a server and says what it found.
 *
 * @module
 */

import { masked } from "../explain/mod.ts";
import type { Check, CheckState } from "./doctor/chart.ts";
import { type Diagnosis, examine, type Patient } from "./doctor/examine.ts";
import { passwordFor } from "./doctor/secrets.ts";
import { EXIT, type ExitCode, Problem } from "./exit.ts";
import { type FaultJson, faultJson, faultLines } from "./findings.ts";
import { harmless, paint, printData, printJson, type Style } from "./print.ts";

export interface DoctorArguments {
  readonly user?: string;
  readonly passwordFile?: string;
  readonly domain?: string;
  readonly origin?: string;
  readonly node?: string;
  readonly token?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly json: boolean;
}

export async function doctor(address: string, args: DoctorArguments): Promise<ExitCode> {
  const diagnosis = await examine(await patientOf(address, args));
  const faults = diagnosis.explanation.faults.map((fault) => faultJson(fault, "en"));
  if (args.json) printJson(diagnosisJson(diagnosis, faults));
  else printData(diagnosisLines(diagnosis, faults).join("\n"));
  const isFine = faults.length === 0 && diagnosis.checks.every(({ state }) => state !== "fail");
  return isFine ? EXIT.fine : EXIT.faults;
}

/** @throws {Problem} for what cannot be meant */
async function patientOf(
  address: string,
  { user = "", passwordFile, domain = "", origin = "", node = "", token = "", timeout }: DoctorArguments,
): Promise<Patient> {
  if (!URL.canParse(address) || !/^(?:https?|wss?):$/.test(new URL(address).protocol))
    throw new Problem(`${masked(address)} is no http:, https:, ws: or wss: address.`);
  const url = new URL(address);
  if (url.username || url.password) throw new Problem("A password does not belong into the address: use --user and --password-file.");
  if (origin !== "" && (!URL.canParse(origin) || new URL(origin).origin !== origin))
    throw new Problem(`--origin ${masked(origin)} is no origin: scheme, host and port alone.`);
  const at = user.lastIndexOf("@");
  const name = at === -1 ? user : user.slice(0, at);
  const credentials = user === "" ? null : { user: name, password: await passwordFor(name, passwordFile) };
  return { url, credentials, domain: domain || (at === -1 ? "" : user.slice(at + 1)), origin, node, token, timeout: timeout * 1000 };
}

/** What `deskwire doctor --json` prints. */
function diagnosisJson({ socket, domain, checks, explanation }: Diagnosis, faults: readonly FaultJson[]): object {
  const steps = explanation.steps.map(({ step, state, frames }) => ({ step, state, frames }));
  return { socket, domain, checks, steps, faults };
}

const STYLES: Readonly<Record<CheckState, Style>> = { ok: "green", warn: "yellow", fail: "red", skipped: "dim" };
const INDENT = " ".repeat(40);

function diagnosisLines({ socket, domain, checks }: Diagnosis, faults: readonly FaultJson[]): string[] {
  const told = new Set(checks.map(({ fault }) => fault));
  const others = faults.filter(({ code }) => !told.has(code)).flatMap((fault) => ["", ...faultLines(fault, "en")]);
  return [paint("bold", harmless(`${socket}  ${domain}`)), ...checks.flatMap(checkLines), ...others, "", summaryOf(checks, faults)];
}

function checkLines({ check, state, ms, says, fix, fault }: Check): string[] {
  const time = ms === null ? "" : `${ms.toFixed(1)} ms`;
  const first = `  ${paint(STYLES[state], state.padEnd(8))} ${check.padEnd(16)} ${time.padStart(10)}  ${harmless(says)}`;
  return [first, ...(fix === "" ? [] : [`${INDENT}Fix: ${harmless(fix)}`]), ...(fault === null ? [] : [`${INDENT}docs/faults/${fault}.md`])];
}

function summaryOf(checks: readonly Check[], faults: readonly FaultJson[]): string {
  const count = (state: CheckState) => checks.filter((each) => each.state === state).length;
  const found = faults.length === 0 ? "" : ` Faults: ${faults.map(({ code }) => code).join(", ")}.`;
  return `${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} failed, ${count("skipped")} skipped.${found}`;
}
