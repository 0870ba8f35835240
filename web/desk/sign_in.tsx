/**
 * The way in: user and password, or one of the demo's accounts.
 *
 * @module
 */

import { useEffect, useRef, useState } from "preact/hooks";

import { Avatar } from "../design/components/avatar.tsx";
import { Button } from "../design/components/button.tsx";
import { Field } from "../design/components/field.tsx";
import { Notice } from "../design/components/notice.tsx";
import { Panel } from "../design/components/panel.tsx";
import { language, t } from "../i18n/translate.ts";
import type { Session } from "./session.ts";
import type { DeskState } from "./state.ts";
import { askDemoAccounts, type DemoAccount } from "./system_info.ts";

const PROBLEM = "sign-in-problem";

export function SignIn({ state, session }: { readonly state: DeskState; readonly session: Session }) {
  const [domain, setDomain] = useState("");
  const [accounts, setAccounts] = useState<readonly DemoAccount[]>([]);
  useEffect(() => {
    void session.prepare().then((system) => setDomain(system?.domain ?? ""));
    askDemoAccounts(language).then(setAccounts, () => {});
  }, [session]);
  const { kind } = state.phase.value;
  const isBusy = kind === "connecting" || kind === "reconnecting";
  const problem = kind === "wrong-password" || kind === "revoked" ? kind : null;
  return (
    <Panel title={t("sign-in")} class="sign-in">
      <div class="sign-in-body">
        <p class="muted">{domain ? t("sign-in-lead", { domain }) : t("sign-in-lead-plain")}</p>
        {problem && <Notice id={PROBLEM} tone="bad" title={t(`state-${problem}`)} text={t(`${problem}-text`)} alert />}
        <SignInForm isBusy={isBusy} problem={problem !== null} onSubmit={(user, password) => session.signIn(user, password)} />
        {accounts.length > 0 && <DemoAccounts accounts={accounts} isBusy={isBusy} onPick={({ id, password }) => session.signIn(id, password)} />}
      </div>
    </Panel>
  );
}

interface SignInFormProps {
  readonly isBusy: boolean;
  readonly problem: boolean;
  readonly onSubmit: (user: string, password: string) => void;
}

function SignInForm({ isBusy, problem, onSubmit }: SignInFormProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLInputElement>("#password")?.select();
  }, [problem]);
  const submit = (event: Event) => {
    event.preventDefault();
    if (isBusy || !form.current) return;
    const fields = new FormData(form.current);
    onSubmit(String(fields.get("user")), String(fields.get("password")));
  };
  const describedBy = problem ? PROBLEM : undefined;
  return (
    <form ref={form} class="sign-in-form" onSubmit={submit}>
      <Field id="user" label={t("user")} autocomplete="username" describedBy={describedBy} />
      <Field id="password" label={t("password")} type="password" autocomplete="current-password" describedBy={describedBy} />
      <Button type="submit" look="primary" busy={isBusy}>
        {isBusy ? t("sign-in-busy") : t("sign-in")}
      </Button>
    </form>
  );
}

interface DemoAccountsProps {
  readonly accounts: readonly DemoAccount[];
  readonly isBusy: boolean;
  readonly onPick: (account: DemoAccount) => void;
}

function DemoAccounts({ accounts, isBusy, onPick }: DemoAccountsProps) {
  return (
    <section class="demo-accounts" aria-labelledby="demo-accounts">
      <h3 id="demo-accounts">{t("demo-accounts")}</h3>
      <ul>
        {accounts.map((account) => {
          const role = t(account.role === "supervisor" ? "supervisor" : "agent");
          return (
            <li key={account.id}>
              <button
                type="button"
                class="demo-account"
                onClick={() => !isBusy && onPick(account)}
                aria-label={t("demo-sign-in", { name: account.name, role })}
              >
                <Avatar name={account.name} />
                <span>
                  <strong>{account.name}</strong>
                  <span class="muted">{[role, account.team && t("team-number", { id: account.team })].filter(Boolean).join(" · ")}</span>
                </span>
                <span class="muted mono">{account.id}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
