/** The upgrade field by field: what each is, and what it should be. @module */

import type { UpgradeField } from "../../explain/mod.ts";
import { Badge } from "../design/components/badge.tsx";
import { Disclosure } from "../design/components/disclosure.tsx";
import { Table } from "../design/components/table.tsx";
import { type Inspection, isInUpgrade } from "./inspection.ts";
import { language, t } from "./words.ts";

export function UpgradePanel({ inspection }: { readonly inspection: Inspection }) {
  const { connections = [], faults = [] } = inspection.explanation.value ?? {};
  const connection = connections.find(({ index }) => index === inspection.connection.value);
  if (!connection || connection.upgrade.length === 0) return null;
  const status = connection.upgrade.find(({ name }) => name === "status")?.value;
  const isWrong = connection.upgrade.some(({ ok }) => ok === false) || faults.some((fault) => fault.connection === connection.index && isInUpgrade(fault));
  return (
    <section class="panel upgrade" id="upgrade" aria-label={t("upgrade")} key={connection.index}>
      <Disclosure
        open={isWrong}
        summary={
          <>
            <h2>{t("upgrade")}</h2>
            <span class="muted mono upgrade-line">
              GET {connection.url} {status && `→ ${status}`}
            </span>
          </>
        }
      >
        {() => (
          <div class="upgrade-tables">
            <Fields title={t("request-part")} fields={connection.upgrade.filter(({ part }) => part === "request")} />
            <Fields title={t("response-part")} fields={connection.upgrade.filter(({ part }) => part === "response")} />
          </div>
        )}
      </Disclosure>
    </section>
  );
}

function Fields({ title, fields }: { readonly title: string; readonly fields: readonly UpgradeField[] }) {
  const columns = [{ title: t("upgrade-field") }, { title: t("upgrade-value") }, { title: t("upgrade-expected") }, { title: t("upgrade-ok"), end: true }];
  return (
    <div>
      <h3>{title}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on narrow screens, so the keyboard must reach it. */}
      <section class="upgrade-table" aria-label={title} tabIndex={0}>
        <Table caption={title} columns={columns}>
          {fields.map((field) => (
            <Field key={field.name} field={field} />
          ))}
        </Table>
      </section>
    </div>
  );
}

function Field({ field: { part, name, title, value, expected, ok, says } }: { readonly field: UpgradeField }) {
  return (
    <tr data-field={`${part} ${name}`} data-ok={String(ok)}>
      <th scope="row">
        {title}
        <span class="field-says">{says(language)}</span>
      </th>
      <td class="mono">{value === null ? <span class="muted">{t("upgrade-unknown")}</span> : value || <span class="muted">{t("upgrade-absent")}</span>}</td>
      <td class="mono">{expected === "…" ? <span class="muted">{t("upgrade-any")}</span> : expected}</td>
      <td class="end">{ok === null ? <span class="muted">–</span> : <Badge tone={ok ? "good" : "bad"}>{t(ok ? "upgrade-yes" : "upgrade-no")}</Badge>}</td>
    </tr>
  );
}
