/**
 * How the connection stands, in words: in the header, in a notice with what can be done, and for screen readers.
 *
 * @module
 */

import { Badge, type BadgeTone } from "../design/components/badge.tsx";
import { Button } from "../design/components/button.tsx";
import { Notice } from "../design/components/notice.tsx";
import { language, t } from "../i18n/translate.ts";
import type { Session } from "./session.ts";
import type { DeskState } from "./state.ts";

interface Words {
  readonly tone: BadgeTone;
  readonly shown: string;
  /** Without digits that change every second. */
  readonly spoken: string;
}

/** Words for the phase; reads the clock only while something is counted down. */
export function phaseWords(state: DeskState): Words {
  const phase = state.phase.value;
  switch (phase.kind) {
    case "signed-out":
      return same("plain", t("state-signed-out"));
    case "connecting":
      return same("after", t("state-connecting"));
    case "signed-in":
      if (state.isBackEndDown.value) return same("bad", t("state-back-end-down"));
      return { tone: "good", shown: t("state-signed-in"), spoken: t(state.resumedAt.value === null ? "state-signed-in" : "state-resumed") };
    case "reconnecting":
      return { tone: "bad", shown: t("state-reconnecting", { n: "…" }), spoken: t("state-reconnecting-plain") };
    case "elsewhere":
      return same("away", t("state-elsewhere"));
    case "wrong-password":
      return same("bad", t("state-wrong-password"));
    case "revoked":
      return same("bad", t("state-revoked"));
  }
}

function same(tone: BadgeTone, words: string): Words {
  return { tone, shown: words, spoken: words };
}

/** The badge of the header. What it says is also read out, once per change. */
export function PhaseBadge({ state }: { readonly state: DeskState }) {
  const { tone, shown, spoken } = phaseWords(state);
  const phase = state.phase.value;
  return (
    <span class="phase" data-phase={phase.kind}>
      <span aria-hidden="true">
        <Badge tone={tone} large>
          {phase.kind === "reconnecting" ? <Countdown state={state} retryAt={phase.retryAt} /> : shown}
        </Badge>
      </span>
      <span class="unseen" role="status">
        {spoken}
      </span>
    </span>
  );
}

function Countdown({ state, retryAt }: { readonly state: DeskState; readonly retryAt: number }) {
  const left = Math.ceil((retryAt - (state.now.value - state.skew)) / 1000);
  return <>{t("state-reconnecting", { n: Math.max(0, left) })}</>;
}

const time = new Intl.DateTimeFormat(language, { timeStyle: "medium" });

/** What is wrong, and what can be done about it; nothing where nothing is. */
export function PhaseNotice({ state, session }: { readonly state: DeskState; readonly session: Session }) {
  const phase = state.phase.value;
  if (phase.kind === "reconnecting") {
    const text = phase.lostAt === null ? t("never-connected-text") : t("lost-text", { time: time.format(phase.lostAt) });
    return (
      <Notice tone="bad" title="" text={text}>
        <Button small onClick={() => session.connectNow()}>
          {t("try-now")}
        </Button>
      </Notice>
    );
  }
  if (phase.kind === "elsewhere") {
    return (
      <Notice tone="away" title={t("state-elsewhere")} text={t("elsewhere-text", { jid: state.jid.value })} alert>
        <Button small onClick={() => session.connectNow()}>
          {t("use-here")}
        </Button>
      </Notice>
    );
  }
  if (phase.kind === "signed-in") return <SignedInNotices state={state} />;
  return null;
}

/** What came of a break, until it was read; and that the back end is gone. */
function SignedInNotices({ state }: { readonly state: DeskState }) {
  const { resumedAt, gaps, transport } = state;
  return (
    <>
      {transport.value === "bosh" && !state.isRoundaboutRead.value && (
        <Notice id="roundabout" tone="after" title={t("roundabout")} text={t("roundabout-text")}>
          <Button small onClick={() => (state.isRoundaboutRead.value = true)}>
            {t("dismiss")}
          </Button>
        </Notice>
      )}
      {state.isBackEndDown.value && <Notice tone="bad" title={t("state-back-end-down")} text={t("back-end-down-text")} alert />}
      {resumedAt.value !== null && (
        <Notice id="resumed" tone="good" title={t("resumed")} text={t("resumed-text", { time: time.format(resumedAt.value) })}>
          <Button small onClick={() => (resumedAt.value = null)}>
            {t("dismiss")}
          </Button>
        </Notice>
      )}
      {gaps.value.length > 0 && (
        <Notice id="gap" tone="after" title={t("gap")} text={t("gap-text", { nodes: gaps.value.join(", ") })} alert>
          <Button small onClick={() => (gaps.value = [])}>
            {t("dismiss")}
          </Button>
        </Notice>
      )}
    </>
  );
}
