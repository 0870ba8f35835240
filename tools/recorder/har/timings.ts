/**
 * Where the time of a request went, as Chrome's HAR files have it (`models/har/Log.ts`, HAR 1.2 `timings`).
 *
 * @module
 */

import type { LoggedRequest } from "./logged_request.ts";

/** Milliseconds; -1: does not apply. */
export interface Timings {
  blocked: number;
  dns: number;
  ssl: number;
  connect: number;
  send: number;
  wait: number;
  receive: number;
  _blocked_queueing: number;
  _blocked_proxy?: number;
  _workerStart?: number;
  _workerReady?: number;
  _workerFetchStart?: number;
  _workerRespondWithSettled?: number;
}

/** TLS is part of the connecting already. */
export function durationOf({ blocked, dns, connect, send, wait, receive }: Timings): number {
  return [blocked, dns, connect, send, wait, receive].reduce((sum, time) => sum + Math.max(time, 0), 0);
}

const milliseconds = (seconds: number): number => (seconds === -1 ? -1 : seconds * 1000);
const least = (...times: number[]): number => times.reduce((best, time) => (time >= 0 && time < best ? time : best), Number.POSITIVE_INFINITY);

/** Request start, proxy, name, connection with TLS, sending, waiting, receiving: one after the other. */
export function timingsOf(request: LoggedRequest): Timings {
  const { timing, issueTime, startTime } = request;
  const queued = milliseconds(issueTime < startTime ? startTime - issueTime : -1);
  const result: Timings = { blocked: queued, dns: -1, ssl: -1, connect: -1, send: 0, wait: 0, receive: 0, _blocked_queueing: queued };
  if (!timing && request.responseTime === -1) {
    // No details after the queue: all of it counts as blocked.
    return { ...result, blocked: milliseconds(request.endTime - issueTime) };
  }
  const sentAt = timing ? connectionTimes(result, timing) : 0;
  const began = timing ? timing.requestTime : startTime;
  const answeredAt = milliseconds(request.responseTime - began);
  result.wait = answeredAt - sentAt;
  result.receive = Math.max(milliseconds(request.endTime - began) - answeredAt, 0);
  return result;
}

/** Fills in what came before the waiting; answers when that was over. */
function connectionTimes(result: Timings, timing: NonNullable<LoggedRequest["timing"]>): number {
  const { dnsStart, connectStart, sendStart, sslEnd } = timing;
  const blocked = least(dnsStart, connectStart, sendStart);
  if (blocked !== Number.POSITIVE_INFINITY) result.blocked += blocked;
  if (timing.proxyEnd !== -1) result._blocked_proxy = timing.proxyEnd - timing.proxyStart;
  if (result._blocked_proxy && result._blocked_proxy > result.blocked) result.blocked = result._blocked_proxy;
  const dnsEnd = timing.dnsEnd >= 0 ? timing.dnsEnd : -1;
  result.dns = dnsEnd - (timing.dnsEnd >= 0 ? blocked : 0);
  result.ssl = sslEnd > 0 ? sslEnd - timing.sslStart : -1;
  const connectEnd = timing.connectEnd >= 0 ? timing.connectEnd : -1;
  result.connect = connectEnd - (timing.connectEnd >= 0 ? least(dnsEnd, blocked) : 0);
  const sendEnd = timing.sendEnd >= 0 ? timing.sendEnd : 0;
  result.send = Math.max(sendEnd - (timing.sendEnd >= 0 ? Math.max(connectEnd, dnsEnd, blocked) : 0), 0);
  result._workerStart = timing.workerStart;
  result._workerReady = timing.workerReady;
  result._workerFetchStart = timing.workerFetchStart;
  result._workerRespondWithSettled = timing.workerRespondWithSettled;
  return Math.max(sendEnd, connectEnd, sslEnd, dnsEnd, blocked, 0);
}
