/**
 * How one object reaches another: by name, with the calls of the contract and their deadline.
 *
 * @module
 */

import type {
  ConnectionManagerCalls,
  ContractVersion,
  DirectoryCalls,
  Env,
  EventReadersCalls,
  JabberSessionCalls,
  NodeHostCalls,
  WebhookCalls,
} from "./contract.ts";

/** The version this code speaks. */
export const CONTRACT: ContractVersion = 1;

/** Names of groups of readers begin with it: to a host they are managers like any other. */
export const READERS = "readers/";

/** A new stub each time: a stub is broken after many of its errors. */
export const managerNamed = (env: Env, name: string): ConnectionManagerCalls =>
  (name.startsWith(READERS) ? env.EVENT_READERS : env.CONNECTION_MANAGER).getByName(name) as unknown as ConnectionManagerCalls;
export const readersNamed = (env: Env, name: string): EventReadersCalls => env.EVENT_READERS.getByName(name) as unknown as EventReadersCalls;
export const sessionOf = (env: Env, jid: string): JabberSessionCalls => env.JABBER_SESSION.getByName(jid) as unknown as JabberSessionCalls;
export const hostNamed = (env: Env, name: string): NodeHostCalls => env.NODE_HOST.getByName(name) as unknown as NodeHostCalls;
export const directoryOf = (env: Env, domain: string): DirectoryCalls => env.DIRECTORY.getByName(domain) as unknown as DirectoryCalls;
export const webhookOf = (env: Env, domain: string): WebhookCalls => env.WEBHOOK.getByName(domain) as unknown as WebhookCalls;

/** A call that was not answered in time. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
}

/**
 * Waits for a call, at most so long.
 *
 * @throws {Unanswered} when the time is over; the call itself may still arrive
 */
export function within<T>(milliseconds: number, call: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Unanswered(`Call not answered within ${milliseconds} ms`)), milliseconds);
    call.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** True if the platform says that the called object has too much to do: wait longer before the next try. */
export function isOverloaded(error: unknown): boolean {
  return typeof error === "object" && error !== null && "overloaded" in error && error.overloaded === true;
}

/**
 * Refuses calls of a contract this code cannot read: its own version and the one before are read.
 *
 * @throws {RangeError} names the version
 */
export function checkVersion(request: { readonly v: number }): void {
  if (request.v !== CONTRACT && request.v !== CONTRACT - 1) throw new RangeError(`Cannot read contract version "${request.v}"`);
}

/** One line of the log, as JSON with fixed keys; never a payload, a password or an address of a client. */
export function logFault(object: string, what: string, error: unknown): void {
  console.error(JSON.stringify({ level: "error", object, what, error: error instanceof Error ? error.message : String(error) }));
}
