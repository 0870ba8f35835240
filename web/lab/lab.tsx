/**
 * The lab's page: what is played, how it goes, and what was found.
 *
 * @module
 */

import { useEffect, useState } from "preact/hooks";

import { askSystemInfo } from "../desk/system_info.ts";
import { Button } from "../design/components/button.tsx";
import { Top } from "../design/components/nav.tsx";
import { Notice } from "../design/components/notice.tsx";
import { Panel } from "../design/components/panel.tsx";
import { t } from "./words.ts";
import { type Access, askDemoLab, type DemoLab, demoAccess, directAccess } from "./access.ts";
import { BytesChart, LatencyChart } from "./charts.tsx";
import { Figures, Results } from "./results.tsx";
import type { Lab } from "./state.ts";

export function LabPage({ lab }: { readonly lab: Lab }) {
  /** Undefined: not known yet. */
  const [demo, setDemo] = useState<DemoLab | null>();
  useEffect(() => {
    askDemoLab().then(setDemo, () => setDemo(null));
  }, []);
  const isElsewhere = demo !== undefined && demo !== null && demo.origin !== location.origin;
  return (
    <div class="lab-page">
      <Top here="lab">
        <span class="muted">{t("lab-tagline")}</span>
      </Top>
      <main class="lab">
        <h1>{t("lab-title")}</h1>
        <p class="lead">{t("lab-lead")}</p>
        {isElsewhere && <Notice tone="after" title={t("lab-elsewhere")} text={demo.origin} alert />}
        {demo !== undefined && !isElsewhere && <Controls lab={lab} demo={demo} />}
        <Progress lab={lab} />
        {lab.rows.value.length > 0 && <Found lab={lab} />}
        <Panel title={t("lab-about")} class="about">
          <Figures />
        </Panel>
      </main>
    </div>
  );
}

function Controls({ lab, demo }: { readonly lab: Lab; readonly demo: DemoLab | null }) {
  const start = async (form: FormData) => {
    if (lab.isBusy) return;
    const asked = { seed: Number(form.get("seed")), seconds: Number(form.get("seconds")) };
    try {
      await lab.run(await accessOf(demo, form), asked);
    } catch (fault) {
      lab.phase.value = { kind: "failed", why: String(fault) };
    }
  };
  return (
    <Panel title={t("lab-run")}>
      <form
        class="lab-form"
        onSubmit={(event) => {
          event.preventDefault();
          void start(new FormData(event.currentTarget));
        }}
      >
        <NumberField name="seconds" label={t("lab-seconds")} value={30} min={3} max={300} />
        <NumberField name="seed" label={t("lab-seed")} value={1} min={0} max={4_294_967_295} />
        {!demo && <Credentials />}
        <Button type="submit" look="primary" busy={lab.isBusy}>
          {t("lab-start")}
        </Button>
        {lab.isBusy && <Button onClick={() => lab.stop()}>{t("lab-stop")}</Button>}
      </form>
      <p class="muted lab-note">{t(demo ? "lab-exact" : "lab-estimate")}</p>
    </Panel>
  );
}

async function accessOf(demo: DemoLab | null, form: FormData): Promise<Access> {
  if (demo) return demoAccess(demo);
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const { domain } = await askSystemInfo();
  return directAccess(domain, { token: text("token"), user: text("user"), password: text("password") });
}

interface NumberFieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

function NumberField({ name, label, value, min, max }: NumberFieldProps) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input id={name} name={name} type="number" class="input" defaultValue={String(value)} min={min} max={max} required />
    </div>
  );
}

/** What no page may know by itself: kept nowhere, sent to this server alone. */
function Credentials() {
  const fields = [
    { name: "token", label: t("lab-token"), type: "password" },
    { name: "user", label: t("user") },
    { name: "password", label: t("password"), type: "password" },
  ] as const;
  return fields.map(({ name, label, ...secret }) => (
    <div key={name} class="field">
      <label for={name}>{label}</label>
      <input id={name} name={name} {...secret} class="input" autocomplete="off" required />
    </div>
  ));
}

function Progress({ lab }: { readonly lab: Lab }) {
  const phase = lab.phase.value;
  if (phase.kind === "failed") return <Notice tone="bad" title={t("lab-failed")} text={phase.why} alert />;
  const words = t(`lab-${phase.kind}`, { n: lab.told.value, all: lab.planned.value });
  // Read out where it changes its kind, not with each event.
  return (
    <p class="lab-progress" data-phase={phase.kind} role="status" aria-live={phase.kind === "running" ? "off" : "polite"}>
      {words}
    </p>
  );
}

function Found({ lab }: { readonly lab: Lab }) {
  return (
    <>
      <Panel title={t("lab-results")}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens, so the keyboard must reach it. */}
        <section class="lab-table" aria-label={t("lab-table")} tabIndex={0}>
          <Results rows={lab.rows.value} />
        </section>
      </Panel>
      <div class="lab-charts">
        <Panel title={t("lab-chart-latency")}>
          <LatencyChart rows={lab.rows.value} />
        </Panel>
        <Panel title={t("lab-chart-bytes")}>
          <BytesChart rows={lab.rows.value} samples={lab.samples.value} />
        </Panel>
      </div>
    </>
  );
}
