/**
 * What outlasts the memory of a model's manager.
 *
 * @module
 */

import type { Frozen, Socket } from "./connection.ts";

/** Rows of a manager: mirrors durable/connection_manager/store.ts; and its sockets, which the platform keeps. */
export class ManagerRows {
  incarnation = 0;
  /** Stream → bare jid. */
  readonly streams = new Map<string, string>();
  readonly numbered = new Map<string, number>();
  readonly sockets = new Set<Socket>();
  readonly kept = new Map<string, Frozen>();
  behind = false;
  written = 0;

  begin(incarnation: number): void {
    this.incarnation = incarnation;
    this.written += 1 + this.numbered.size;
    this.numbered.clear();
  }

  putStream(stream: string, jid: string): void {
    if (!this.streams.has(stream)) this.written++;
    this.streams.set(stream, jid);
  }

  removeStream(stream: string): void {
    if (this.streams.delete(stream)) this.written++;
  }

  /** Of what waits to be resumed a row is written when its socket goes, and after a time in which something came; never per delivery. */
  keep(stream: string, frozen: Frozen): void {
    this.kept.set(stream, frozen);
  }

  forget(stream: string): void {
    this.kept.delete(stream);
  }

  keptOf(stream: string): Frozen | null {
    return structuredClone(this.kept.get(stream) ?? null);
  }

  markBehind(behind: boolean): void {
    this.behind = behind;
  }

  settleBehind(): void {
    if (!this.behind) return;
    for (const [stream, frozen] of this.kept) this.kept.set(stream, { ...frozen, behind: true });
    this.behind = false;
  }

  number(address: string): number {
    const known = this.numbered.get(address);
    if (known) return known;
    const no = this.numbered.size + 1;
    this.numbered.set(address, no);
    this.written++;
    return no;
  }
}
