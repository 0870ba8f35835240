/**
 * One frame: direction, time, size and name in a line, its XML below.
 *
 * @module
 */

import { Disclosure } from "../design/components/disclosure.tsx";
import { XmlView } from "../design/components/xml_view.tsx";
import { language, t } from "../i18n/translate.ts";
import type { Frame } from "../wire/frame.ts";
import { parseXml } from "./parse_xml.ts";

const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false });
const size = new Intl.NumberFormat(language);

/** Frames of steps are open from the start, live ones are not. */
export function FrameRow({ frame, open }: { readonly frame: Frame; readonly open: boolean }) {
  return (
    <li class="frame-item">
      <Disclosure open={open} class={`frame ${frame.direction} ${frame.name}`} summary={<FrameLine frame={frame} />}>
        {() => <XmlView xml={frame.text} parse={parseXml} />}
      </Disclosure>
    </li>
  );
}

function FrameLine({ frame }: { readonly frame: Frame }) {
  const direction = t(frame.direction === "out" ? "sent" : "received");
  return (
    <>
      <span class="direction" title={direction}>
        <span aria-hidden="true">{frame.direction === "out" ? "↑" : "↓"}</span>
        <span class="unseen">{direction}</span>
      </span>
      <span class="frame-name">{t(`frame-${frame.name}`)}</span>
      <span class="frame-about muted mono">{frame.about}</span>
      <span class="frame-size muted digits">{size.format(frame.bytes)} B</span>
      <time class="frame-time muted digits">{time.format(frame.at)}</time>
    </>
  );
}
