/**
 * The commands, their options and help.
 *
 * @module
 */

import { readFileSync } from "node:fs";

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";

import { type DoctorArguments, doctor } from "./doctor.ts";
import { EXIT, EXIT_HELP, type ExitCode, Problem } from "./exit.ts";
import { type ExplainOptions, explainFile } from "./explain.ts";
import { printMessage } from "./print.ts";

/** Runs a command line; answers the exit code. */
export async function run(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.fine;
  const program = programThat((ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (fault) {
    if (fault instanceof CommanderError) return fault.exitCode === 0 ? EXIT.fine : EXIT.unusable;
    if (!(fault instanceof Problem)) throw fault;
    printMessage(`deskwire: ${fault.message}`);
    return EXIT.unusable;
  }
}

function programThat(ends: (code: ExitCode) => void): Command {
  const program = new Command("deskwire")
    .description("Explains and examines XMPP over WebSocket: Deskwire, Cisco Finesse, Openfire, Prosody, ejabberd.")
    .version(versionOf())
    .exitOverride()
    .addHelpText("after", EXIT_HELP);
  addExplain(program, ends);
  addDoctor(program, ends);
  return program;
}

function versionOf(): string {
  return (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }).version;
}

function addExplain(program: Command, ends: (code: ExitCode) => void): void {
  program
    .command("explain")
    .description(
      "Explains a recorded connection: a HAR file of Chrome, Edge or Firefox, or frames pasted as text. Nothing leaves this machine; secrets are masked.",
    )
    .argument("<file>", "the recording; - reads stdin")
    .option("--json", "print one JSON object with connections, steps and faults", false)
    .addOption(new Option("--language <language>", "language of the sentences").choices(["en", "de"]).default("en"))
    .addHelpText("after", EXIT_HELP)
    .action(async (file: string, options: ExplainOptions) => ends(await explainFile(file, options)));
}

const DOCTOR_HELP = `
The password comes from --password-file, from DESKWIRE_PASSWORD, or is asked for. The address is that of the server
(https://host: the socket is found by host-meta) or of its socket (wss://host/ws/).
${EXIT_HELP}`;

function addDoctor(program: Command, ends: (code: ExitCode) => void): void {
  program
    .command("doctor")
    .description("Examines a server from outside: discovery, TLS, upgrade, origins, sign-in, round trip, subscription, publish to receive, BOSH.")
    .argument("<url>", "http:, https:, ws: or wss: address")
    .option("--user <user>", "who signs in; without it the examination ends before the sign-in")
    .option("--password-file <file>", "a file with the password in its first line; - reads stdin")
    .option("--domain <domain>", "XMPP domain (default: SystemInfo's, or the host)")
    .option("--origin <origin>", "origin of the page that opens the socket (default: the server's own)")
    .option("--node <node>", "node to subscribe to (default: /finesse/api/User/<user>)")
    .addOption(new Option("--token <token>", "publishes an event to that node (better by the variable: arguments are visible)").env("DESKWIRE_TOKEN"))
    .option("--timeout <seconds>", "longest wait for each answer", seconds, 10)
    .option("--json", "print one JSON object with checks, steps and faults", false)
    .addHelpText("after", DOCTOR_HELP)
    .action(async (url: string, options: DoctorArguments) => ends(await doctor(url, options)));
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0.1 && value <= 600) return value;
  throw new InvalidArgumentError("It must be a number of seconds from 0.1 to 600.");
}
