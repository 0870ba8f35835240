/** German words of the page `/lab`. @module */

import type { LabKey } from "./lab_en.ts";

export const labDe: Readonly<Record<LabKey, string>> = {
  "lab-title": "Transportlabor",
  "lab-tagline": "Was jeder Weg zu einem Ereignis kostet",
  "lab-lead":
    "Dieselben Ereignisse gleichzeitig über sieben Transporte: von der eigenen Verbindung für jede Frage über Kurzabfragen und gehaltene Anfragen bis zum WebSocket. Was jeder kostet, wird hier gemessen, in diesem Browser.",
  "lab-elsewhere": "Unter der Demo wird nur an einer Adresse gezählt. Öffnen Sie das Labor dort:",
  "lab-run": "Lauf",
  "lab-seconds": "Sekunden",
  "lab-seed": "Startwert der Ereignisse",
  "lab-token": "API-Token",
  "lab-start": "Starten",
  "lab-stop": "Anhalten",
  "lab-exact":
    "Bytes, Anfragen und Verbindungen sind genau: Ein Proxy der Demo zählt sie. Was er für diese Seite hinzufügt (Token, CORS), zählt nicht mit, was der Browser hinzufügt, schon.",
  "lab-estimate":
    "Schätzungen: Hier zählt kein Proxy, also stammen Anfragen und Bytes aus dem Resource Timing des Browsers, ohne die gesendeten, und die Verbindungen sind die, von denen es berichtet. Das Token muss veröffentlichen dürfen; die Ereignisse gehen an eine eigene Warteschlange des Labors.",
  "lab-idle": "Noch nicht gestartet.",
  "lab-preparing": "Alle Transporte werden verbunden…",
  "lab-running": "Läuft: {n} von {all} Ereignissen veröffentlicht.",
  "lab-done": "Fertig: {n} von {all} Ereignissen veröffentlicht.",
  "lab-stopped": "Angehalten nach {n} von {all} Ereignissen.",
  "lab-failed": "Der Lauf ist gescheitert.",
  "lab-results": "Ergebnisse",
  "lab-table": "Tabelle der Ergebnisse",
  "lab-transport": "Transport",
  "lab-events": "Ereignisse",
  "lab-p50": "p50, ms",
  "lab-p95": "p95, ms",
  "lab-max": "Max., ms",
  "lab-requests": "Anfragen",
  "lab-connections": "Verbindungen",
  "lab-up": "Bytes gesendet",
  "lab-down": "Bytes empfangen",
  "lab-empty": "Leere Antworten",
  "lab-http-1.0": "Kurzabfrage 1 s, je eine Verbindung (HTTP/1.0)",
  "lab-short-0.5": "Kurzabfrage 0,5 s, Keep-Alive",
  "lab-short-1": "Kurzabfrage 1 s, Keep-Alive",
  "lab-long-poll": "Lange Abfrage",
  "lab-sse": "Server-Sent Events",
  "lab-bosh": "BOSH",
  "lab-websocket": "WebSocket",
  "lab-chart-latency": "Verzögerung jedes Ereignisses, ms",
  "lab-chart-bytes": "Bytes in beide Richtungen bisher, kB",
  "lab-about": "Was die Zahlen sagen",
  "lab-about-latency": "Verzögerung (p50, p95, Max.)",
  "lab-about-latency-text":
    "Vom Veröffentlichen bis zum Ereignis auf dieser Seite. Eine Kurzabfrage erfährt davon bei ihrer nächsten Frage: im Mittel ein halbes Intervall später, schlimmstenfalls ein ganzes. Wem es gesagt wird, statt dass er fragt, der hat es sofort: lange Abfrage, SSE, BOSH, WebSocket.",
  "lab-about-requests": "Anfragen",
  "lab-about-requests-text":
    "Eine Kurzabfrage fragt, ob es etwas gibt oder nicht. Lange Abfrage und BOSH fragen einmal je Antwort. SSE und WebSocket fragen einmal: Das Upgrade ist die letzte Anfrage eines WebSockets.",
  "lab-about-connections": "Verbindungen",
  "lab-about-connections-text":
    "HTTP/1.0 beginnt jede Frage mit einem neuen TCP-Handshake; HTTP/1.1 behält die Verbindung. Ein WebSocket ist eine permanente Verbindung für beide Richtungen; BOSH braucht eine zweite, wenn es sprechen muss, während eine Anfrage gehalten wird.",
  "lab-about-bytes": "Gesendete und empfangene Bytes",
  "lab-about-bytes-text":
    "Mit allen Headern, ohne TLS und TCP. Abfragen zahlen die Header für jede Frage, in beide Richtungen. SSE zahlt sie einmal und fließt nur in eine Richtung. Ein WebSocket zahlt die Anmeldung, danach nur noch Frames; jedes Ereignis ist dort eine ganze XMPP-Nachricht.",
  "lab-about-empty": "Leere Antworten",
  "lab-about-empty-text":
    "204, 304 und Inhalte, die nichts sagen: die Verschwendung der Kurzabfragen. Eine lange Abfrage hat nur dann eine, wenn ihre Zeit ohne Ereignis abläuft.",
};
