/**
 * The page `/inspect`: a connection explained frame by frame, from a recording.
 *
 * @module
 */

import { options, render } from "preact";

import { Inspection } from "./inspection.ts";
import { InspectPage } from "./page.tsx";
import "./inspect.css";
import { language, t } from "./words.ts";

// Many changes between two pictures are drawn once.
options.debounceRendering = (draw) => requestAnimationFrame(draw);

document.documentElement.lang = language;
document.title = `${t("title")} · Deskwire`;

const root = document.getElementById("inspect");
if (root) render(<InspectPage inspection={new Inspection()} />, root);
