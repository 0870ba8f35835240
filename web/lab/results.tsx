/** The table of a run, and what each of its figures means. @module */

import { Table } from "../design/components/table.tsx";
import { type Key, language, t } from "./words.ts";
import { percentile } from "./events.ts";
import type { Row } from "./state.ts";

const NUMBERS = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const shown = (value: number | null | undefined): string => (value === null || value === undefined ? "–" : NUMBERS.format(value));

const COLUMNS: readonly Key[] = ["lab-events", "lab-p50", "lab-p95", "lab-max", "lab-requests", "lab-connections", "lab-up", "lab-down", "lab-empty"];

export function Results({ rows }: { readonly rows: readonly Row[] }) {
  const columns = [{ title: t("lab-transport") }, ...COLUMNS.map((key) => ({ title: t(key), end: true }))];
  return (
    <Table caption={t("lab-results")} columns={columns}>
      {rows.map((row) => (
        <tr key={row.transport} data-transport={row.transport}>
          <th scope="row">
            <span class={`swatch ${row.transport.replace(".", "-")}`} aria-hidden="true" /> {t(`lab-${row.transport}`)}
          </th>
          {figuresOf(row).map((figure, at) => (
            <td key={COLUMNS[at]} class="end digits" data-figure={COLUMNS[at]}>
              {shown(figure)}
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}

/** In the order of the columns. */
function figuresOf({ came, counts }: Row): readonly (number | null | undefined)[] {
  const latencies = came.map(({ latency }) => latency);
  const late = [0.5, 0.95, 1].map((share) => percentile(latencies, share));
  return [came.length, ...late, counts?.requests, counts?.connections, counts?.bytesUp, counts?.bytesDown, counts?.emptyAnswers];
}

const EXPLAINED = ["latency", "requests", "connections", "bytes", "empty"] as const;

/** Each figure in the terms of the argument: HTTP/1.0, HTTP/1.1, short poll, long poll, SSE, WebSocket. */
export function Figures() {
  return (
    <dl class="figures">
      {EXPLAINED.map((name) => (
        <div key={name}>
          <dt>{t(`lab-about-${name}`)}</dt>
          <dd>{t(`lab-about-${name}-text`)}</dd>
        </div>
      ))}
    </dl>
  );
}
