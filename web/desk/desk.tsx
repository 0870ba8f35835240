/**
 * The whole page: a header, the desk or the way to it on one side, the connection on the other.
 *
 * @module
 */

import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Button } from "../design/components/button.tsx";
import { Top } from "../design/components/nav.tsx";
import { Notice } from "../design/components/notice.tsx";
import { t } from "../i18n/translate.ts";
import type { FrameLog } from "./frame_log.ts";
import { Calls } from "./calls.tsx";
import { OwnState } from "./own_state.tsx";
import { PhaseBadge, PhaseNotice } from "./phase.tsx";
import type { Session } from "./session.ts";
import { SignIn } from "./sign_in.tsx";
import type { DeskState } from "./state.ts";
import { Teams } from "./teams.tsx";
import { WirePanel } from "./wire_panel.tsx";

export interface DeskProps {
  readonly state: DeskState;
  readonly session: Session;
  readonly log: FrameLog;
}

/** Phases in which the desk is shown, though it may be out of date. */
function isAtDesk(state: DeskState): boolean {
  const phase = state.phase.value;
  if (phase.kind === "signed-in" || phase.kind === "elsewhere") return true;
  // While it connects for the first time the way in stays on the screen.
  return (phase.kind === "reconnecting" || phase.kind === "connecting") && state.wasSignedIn.value;
}

export function Desk({ state, session, log }: DeskProps) {
  const atDesk = isAtDesk(state);
  const [isInspecting, stopInspecting] = useInspecting();
  if (isInspecting) {
    return (
      <div class="page">
        <Header state={state} session={session} />
        <Inspecting log={log} onBack={stopInspecting} />
      </div>
    );
  }
  return (
    <div class="page">
      <Header state={state} session={session} />
      <main class="columns">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it. */}
        <section class="desk-column" aria-label={t("desk")} tabIndex={0}>
          <h1 class="unseen">{t("title")}</h1>
          <PhaseNotice state={state} session={session} />
          {atDesk ? <AtDesk state={state} /> : <SignIn state={state} session={session} />}
        </section>
        <WirePanel state={state} log={log} />
      </main>
    </div>
  );
}

/** `#inspect`: the connection instead of the desk. */
function useInspecting(): [isInspecting: boolean, stop: () => void] {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  const stop = () => (location.hash = "");
  return [hash === "#inspect", stop];
}

interface InspectingProps {
  readonly log: FrameLog;
  readonly onBack: () => void;
}

/** Fetched when it is first asked for: the desk does not wait for it. */
function Inspecting(props: InspectingProps) {
  const [loaded, setLoaded] = useState<{ readonly Live: FunctionComponent<InspectingProps> } | null>(null);
  useEffect(() => {
    void import("../inspect/live.tsx").then(({ LiveInspector }) => setLoaded({ Live: LiveInspector }));
  }, []);
  return loaded && <loaded.Live {...props} />;
}

function AtDesk({ state }: { readonly state: DeskState }) {
  const refusal = state.refusal.value;
  return (
    <>
      {refusal && (
        <Notice tone="after" title="" text={t("back-end-refused", { message: refusal })} alert>
          <Button small onClick={() => (state.refusal.value = "")}>
            {t("dismiss")}
          </Button>
        </Notice>
      )}
      <OwnState state={state} />
      <Calls state={state} />
      <Teams state={state} />
    </>
  );
}

function Header({ state, session }: { readonly state: DeskState; readonly session: Session }) {
  const { kind } = state.phase.value;
  const isIn = kind !== "signed-out" && kind !== "wrong-password" && kind !== "revoked";
  return (
    <Top here="desk">
      {!isIn && <span class="muted tagline">{t("tagline")}</span>}
      <span class="spacer" />
      {isIn && <span class="mono jid">{state.jid.value || state.own.value.id}</span>}
      <PhaseBadge state={state} />
      {isIn && (
        <Button small onClick={() => session.signOut()}>
          {t(state.wasSignedIn.value ? "sign-out" : "cancel")}
        </Button>
      )}
    </Top>
  );
}
