/**
 * `index.json` of the recordings: what each file is, and the secrets that stand in them, for tests to look for elsewhere.
 *
 * @module
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Scenario } from "./stage.ts";

export interface Index {
  /** Passwords, what a SASL exchange said in base64, and the proofs in it. */
  readonly secrets: readonly string[];
  readonly recordings: readonly IndexLine[];
}

export interface IndexLine extends Pick<Scenario, "expects" | "server" | "client" | "how"> {
  readonly file: string;
}

/** As text: one line for each recording and each secret. */
export function renderIndex({ secrets, recordings }: Index): string {
  const lines = (list: readonly unknown[]) => list.map((one) => `\n    ${JSON.stringify(one)}`).join(",");
  return `{\n  "recordings": [${lines(recordings)}\n  ],\n  "secrets": [${lines(secrets)}\n  ]\n}\n`;
}

/** The text of a SASL element, in a frame or in a body of BOSH, as JSON has it. */
const SASL_TEXT = /<(?:auth|response|challenge|success)\b[^>]*>([A-Za-z0-9+/=]{8,})<\//g;
/** Of the recordings' people; the seed's is four digits, and so found by its base64 alone. */
const PASSWORD = /^pw-./;

/** Of the scenarios whose files are there. */
export function indexOf(scenarios: readonly Scenario[], folder: string): Index {
  const recordings = scenarios
    .map(({ name, expects, server, client, how }) => ({ file: `${name}.har`, expects, server, client, how }))
    .filter(({ file }) => existsSync(join(folder, file)));
  const secrets = new Set(recordings.flatMap(({ file }) => secretsOf(readFileSync(join(folder, file), "utf8"))));
  return { secrets: [...secrets].sort(), recordings };
}

function secretsOf(har: string): string[] {
  const payloads = [...har.matchAll(SASL_TEXT)].map(([, text]) => text as string);
  return payloads.flatMap((payload) => {
    const message = Buffer.from(payload, "base64").toString("utf8");
    return [payload, ...passwordsOf(message), ...proofsOf(message)];
  });
}

/** The parts of a PLAIN message that are passwords (RFC 4616 §2). */
function passwordsOf(message: string): string[] {
  return message.split("\0").filter((part) => PASSWORD.test(part));
}

/** The proof and the signature of a SCRAM message (RFC 5802 §5.1). */
function proofsOf(message: string): string[] {
  return [...message.matchAll(/(?:^|,)[pv]=([A-Za-z0-9+/=]{20,})/g)].map(([, proof]) => proof as string);
}
