/**
 * The page `/lab`: what each transport costs, measured in this browser.
 *
 * @module
 */

import { options, render } from "preact";

import { language, t } from "./words.ts";
import { LabPage } from "./lab.tsx";
import "./lab.css";
import { Lab } from "./state.ts";

// Many events between two pictures are drawn once.
options.debounceRendering = (draw) => requestAnimationFrame(draw);

const lab = new Lab();
document.documentElement.lang = language;
document.title = `${t("lab-title")} · ${t("title")}`;
addEventListener("pagehide", () => lab.stop());

const root = document.getElementById("lab");
if (root) render(<LabPage lab={lab} />, root);
