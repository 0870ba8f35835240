/**
 * Two charts of a run: how late events come, and how bytes add up. The table says the same in numbers.
 *
 * @module
 */

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot, { type AlignedData, type Options, type Series } from "uplot";
import "uplot/dist/uPlot.min.css";

import { t } from "./words.ts";
import type { Transport } from "./access.ts";
import type { Row, Sample } from "./state.ts";

const HEIGHT = 240;

interface ChartProps {
  readonly label: string;
  readonly transports: readonly Transport[];
  readonly data: AlignedData;
  readonly isLogarithmic?: boolean;
  /** Points alone, or a line. */
  readonly points?: boolean;
}

/** A colour or another value of the design, as it is now. */
const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function Chart({ label, transports, data, isLogarithmic = false, points = false }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const scheme = useScheme();
  const names = transports.join();
  // Made anew for other lines or other colours; data is set below.
  useEffect(() => {
    const into = place.current;
    if (!into) return;
    const made = new uPlot(optionsOf({ transports, isLogarithmic, points, width: into.clientWidth }), data, into);
    chart.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: into.clientWidth, height: HEIGHT }));
    resized.observe(into);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [names, scheme]);
  useEffect(() => chart.current?.setData(data), [data]);
  return <div class="chart" role="img" aria-label={label} ref={place} />;
}

interface Look {
  readonly transports: readonly Transport[];
  readonly isLogarithmic: boolean;
  readonly points: boolean;
  readonly width: number;
}

function optionsOf({ transports, isLogarithmic, points, width }: Look): Options {
  const axis = { stroke: token("--text-muted"), grid: { stroke: token("--border"), width: 1 }, ticks: { stroke: token("--border"), width: 1 } };
  const seriesOf = (transport: Transport): Series => ({
    label: t(`lab-${transport}`),
    stroke: token(`--line-${transport}`),
    width: points ? 0 : 2,
    spanGaps: true,
    points: { show: points, size: 6, fill: token(`--line-${transport}`) },
    ...(points && { paths: () => null }),
  });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: isLogarithmic ? { distr: 3, range: (_, low, high) => [Math.max(0.5, low / 2), Math.max(10, high * 2)] } : {} },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map((value) => `${value} s`) },
      { ...axis, size: 64 },
    ],
    series: [{}, ...transports.map(seriesOf)],
  };
}

/** Light or dark, as it changes. */
function useScheme(): string {
  const [isDark, set] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => set(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return isDark ? "dark" : "light";
}

/** Every event of every transport, by when it came. */
export function LatencyChart({ rows }: { readonly rows: readonly Row[] }) {
  const all = rows.flatMap(({ came }, row) => came.map(({ at, latency }) => ({ at, latency, row }))).sort((one, other) => one.at - other.at);
  const lines = rows.map((_, row) => all.map((point) => (point.row === row ? Math.max(0.5, point.latency) : null)));
  const data: AlignedData = [all.map(({ at }) => at / 1000), ...lines];
  return <Chart label={t("lab-chart-latency")} transports={rows.map(({ transport }) => transport)} data={data} isLogarithmic points />;
}

/** Kilobytes up and down so far. */
export function BytesChart({ rows, samples }: { readonly rows: readonly Row[]; readonly samples: readonly Sample[] }) {
  const lines = rows.map(({ transport }) => samples.map(({ bytes }) => (bytes[transport] ?? 0) / 1000));
  const data: AlignedData = [samples.map(({ at }) => at / 1000), ...lines];
  return <Chart label={t("lab-chart-bytes")} transports={rows.map(({ transport }) => transport)} data={data} />;
}
