/**
 * One frame: direction, time, size and name in a line, its XML below.
 *
 * @module
 */

import { Disclosure } from "../design/components/disclosure.tsx";
import { XmlView } from "../design/components/xml_view.tsx";
import type { ExplainedFrame } from "../../explain/mod.ts";
import { frameAbout, frameName, sizeWords, timeWords } from "../frames/frame_words.ts";
import { t } from "../i18n/translate.ts";
import { parseXml } from "../xml/parse_xml.ts";

/** Frames of steps are open from the start, live ones are not. */
export function FrameRow({ frame, open }: { readonly frame: ExplainedFrame; readonly open: boolean }) {
  return (
    <li class="frame-item">
      <Disclosure open={open} class={`frame ${frame.direction} ${frame.kind}`} summary={<FrameLine frame={frame} />}>
        {() => <XmlView xml={frame.text} parse={parseXml} />}
      </Disclosure>
    </li>
  );
}

function FrameLine({ frame }: { readonly frame: ExplainedFrame }) {
  const direction = t(frame.direction === "out" ? "sent" : "received");
  return (
    <>
      <span class="direction" title={direction}>
        <span aria-hidden="true">{frame.direction === "out" ? "↑" : "↓"}</span>
        <span class="unseen">{direction}</span>
      </span>
      <span class="frame-name">{frameName(frame)}</span>
      <span class="frame-about muted mono">{frameAbout(frame)}</span>
      <span class="frame-size muted digits">{sizeWords(frame.bytes)}</span>
      <time class="frame-time muted digits">{frame.at !== null && timeWords(frame.at)}</time>
    </>
  );
}
