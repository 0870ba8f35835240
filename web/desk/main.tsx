/**
 * The desk page: puts its parts together and shows them.
 *
 * @module
 */

import { effect } from "@preact/signals";
import { options, render } from "preact";

import type { Explainer } from "../../explain/mod.ts";
import { language, t } from "../i18n/translate.ts";
import { FrameLog } from "./frame_log.ts";
import { Desk } from "./desk.tsx";
import "./desk.css";
import { phaseWords } from "./phase.tsx";
import { Session } from "./session.ts";
import { soonAfter } from "./soon.ts";
import { DeskState } from "./state.ts";

// Many events between two pictures are drawn once.
options.debounceRendering = (draw) => requestAnimationFrame(draw);

/** Frames that come faster are shown together: nobody reads ten pictures of a list in a second. */
const FRAMES_MS = 100;

/** Frames that are kept explained. */
const KEEP = 10_000;

/** Beside the page, so that the way in does not wait for it. */
async function explainer(): Promise<Explainer> {
  const { Explainer: Made } = await import("../../explain/mod.ts");
  return new Made({ keep: KEEP });
}

const state = new DeskState(language);
const log = new FrameLog({ explainer: explainer(), soon: soonAfter(FRAMES_MS) });
const session = new Session(state, log);

document.documentElement.lang = language;
effect(() => {
  const { kind } = state.phase.value;
  const name = state.own.value.name || state.own.value.id;
  document.title = kind === "signed-out" ? t("title") : `${name} · ${phaseWords(state).spoken} · ${t("title")}`;
});

setInterval(() => state.tick(), 1000);
addEventListener("online", () => session.connectNow());
addEventListener("pagehide", () => session.pause());
addEventListener("pageshow", ({ persisted }) => persisted && session.goOn());
session.goOn();

const root = document.getElementById("desk");
if (root) render(<Desk state={state} session={session} log={log} />, root);
