/** English words of the page `/lab`. The keys are those of every language. @module */

export const labEn = {
  "lab-title": "Transport lab",
  "lab-tagline": "What each way to an event costs",
  "lab-lead":
    "The same events over seven transports at the same time: from a connection for each question, over polls and held requests, to the WebSocket. What each of them costs is measured here, in this browser.",
  "lab-elsewhere": "Under the demo the lab is counted at one address only. Open it there:",
  "lab-run": "Run",
  "lab-seconds": "Seconds",
  "lab-seed": "Seed of the events",
  "lab-token": "API token",
  "lab-start": "Start",
  "lab-stop": "Stop",
  "lab-exact":
    "Bytes, requests and connections are exact: a proxy of the demo counts them. What it adds for this page (token, CORS) is not counted, what the browser adds is.",
  "lab-estimate":
    "Estimates: no proxy counts here, so requests and bytes are those of the browser's Resource Timing, without what goes up, and connections are those it tells of. The token must be allowed to publish; the events go to a queue of the lab's own.",
  "lab-idle": "Not started yet.",
  "lab-preparing": "Connecting all transports…",
  "lab-running": "Running: {n} of {all} events published.",
  "lab-done": "Done: {n} of {all} events published.",
  "lab-stopped": "Stopped after {n} of {all} events.",
  "lab-failed": "The run failed.",
  "lab-results": "Results",
  "lab-table": "Table of results",
  "lab-transport": "Transport",
  "lab-events": "Events",
  "lab-p50": "p50, ms",
  "lab-p95": "p95, ms",
  "lab-max": "Max, ms",
  "lab-requests": "Requests",
  "lab-connections": "Connections",
  "lab-up": "Bytes up",
  "lab-down": "Bytes down",
  "lab-empty": "Empty answers",
  "lab-http-1.0": "Short poll 1 s, a connection each (HTTP/1.0)",
  "lab-short-0.5": "Short poll 0.5 s, keep-alive",
  "lab-short-1": "Short poll 1 s, keep-alive",
  "lab-long-poll": "Long poll",
  "lab-sse": "Server-sent events",
  "lab-bosh": "BOSH",
  "lab-websocket": "WebSocket",
  "lab-chart-latency": "Latency of each event, ms",
  "lab-chart-bytes": "Bytes up and down so far, kB",
  "lab-about": "What the figures say",
  "lab-about-latency": "Latency (p50, p95, max)",
  "lab-about-latency-text":
    "From the publish to the event on this page. A short poll learns of an event at its next question: half its interval later on average, the whole at worst. Whoever is told instead of asking has it at once: long poll, SSE, BOSH, WebSocket.",
  "lab-about-requests": "Requests",
  "lab-about-requests-text":
    "A short poll asks whether there is something or not. A long poll and BOSH ask once per answer. SSE and WebSocket ask once: the upgrade is the last request of a WebSocket.",
  "lab-about-connections": "Connections",
  "lab-about-connections-text":
    "HTTP/1.0 begins every question with a new TCP handshake; HTTP/1.1 keeps the connection. A WebSocket is one permanent connection for both directions; BOSH needs a second one when it has to speak while a request is held.",
  "lab-about-bytes": "Bytes up and down",
  "lab-about-bytes-text":
    "With all headers, without TLS and TCP. Polls pay headers for every question, both ways. SSE pays them once, and flows one way only. A WebSocket pays for its sign-in, then for frames alone; each event is a whole XMPP message there.",
  "lab-about-empty": "Empty answers",
  "lab-about-empty-text": "204, 304, and bodies that say nothing: the waste of short polls. A long poll has one only when its time is over without an event.",
} as const;

export type LabKey = keyof typeof labEn;
