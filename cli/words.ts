/**
 * The few words of `deskwire explain` that are not the explainer's.
 *
 * @module
 */

import type { Language, RecordingNote, StepProgress } from "../explain/mod.ts";

interface Words {
  readonly connection: string;
  readonly frame: string;
  readonly frames: (count: number) => string;
  readonly faults: (count: number) => string;
  readonly fix: string;
  readonly states: Readonly<Record<StepProgress, string>>;
  readonly notes: Readonly<Record<RecordingNote, string>>;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    connection: "Connection",
    frame: "frame",
    frames: (count) => (count === 1 ? "1 frame" : `${count} frames`),
    faults: (count) => (count === 0 ? "No fault." : count === 1 ? "1 fault:" : `${count} faults:`),
    fix: "Fix",
    states: { done: "done", expected: "expected", missing: "missing", late: "late", refused: "refused", malformed: "malformed" },
    notes: {
      "firefox-no-frames": "Files of Firefox hold no frames: copy them from the network tab and paste them: deskwire explain -",
      "no-frames": "The file holds no frames of a socket.",
      "other-sockets": "Sockets that carry something else than XMPP were left out.",
      "no-times": "No times are known.",
      "no-directions": "Which way some frames went is guessed.",
      clipped: "Only the beginning was read: there is too much of it.",
    },
  },
  de: {
    connection: "Verbindung",
    frame: "Frame",
    frames: (count) => (count === 1 ? "1 Frame" : `${count} Frames`),
    faults: (count) => (count === 0 ? "Kein Fehler." : count === 1 ? "1 Fehler:" : `${count} Fehler:`),
    fix: "Abhilfe",
    states: { done: "erledigt", expected: "erwartet", missing: "fehlt", late: "spät", refused: "abgelehnt", malformed: "fehlerhaft" },
    notes: {
      "firefox-no-frames": "Dateien von Firefox enthalten keine Frames: aus der Netzwerkanalyse kopieren und einfügen: deskwire explain -",
      "no-frames": "Die Datei enthält keine Frames eines Sockets.",
      "other-sockets": "Sockets, die etwas anderes als XMPP tragen, wurden ausgelassen.",
      "no-times": "Zeiten sind nicht bekannt.",
      "no-directions": "Die Richtung mancher Frames ist geraten.",
      clipped: "Nur der Anfang wurde gelesen: es ist zu viel.",
    },
  },
};
