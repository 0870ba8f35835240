/**
 * Desks in every phase, and what came of a frame, for the tests of the session.
 */
import type { Effect, StreamSettings } from "../../../xmpp/mod.ts";
import { type FakeDesk, FakeShell } from "../../conversations/fake_shell.ts";
import { DOMAIN } from "../../conversations/format.ts";

export { DOMAIN };
export const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
export const SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
export const PUBSUB = `pubsub.${DOMAIN}`;
export const FULL = `7001@${DOMAIN}/desktop`;

export const b64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
export const open = (attrs = `to="${DOMAIN}" version="1.0"`): string => `<open xmlns="${FRAMING}" ${attrs}/>`;
export const auth = (mechanism: string, data = ""): string => `<auth xmlns="${SASL}" mechanism="${mechanism}">${data}</auth>`;
export const plain = (authcid: string, { authzid = "", password = `pw-${authcid}` } = {}): string => auth("PLAIN", b64(`${authzid}\0${authcid}\0${password}`));
export const bind = (inside = "<resource>desktop</resource>", attrs = 'type="set" id="b"'): string =>
  `<iq xmlns="jabber:client" ${attrs}><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind">${inside}</bind></iq>`;

export interface Told {
  readonly shell: FakeShell;
  readonly desk: FakeDesk;
}

/** A socket just upgraded. */
export function upgraded(settings: Partial<StreamSettings> = {}): Told {
  const shell = new FakeShell(settings);
  return { shell, desk: shell.connect() };
}

/** Mechanisms told. */
export function opened(settings: Partial<StreamSettings> = {}): Told {
  return after(upgraded(settings), open());
}

/** Signed in and re-opened; bind awaited. */
export function restarted(user = "7001", settings: Partial<StreamSettings> = {}): Told {
  return after(opened(settings), plain(user), open());
}

/** A resource bound; not present. */
export function bound(user = "7001", settings: Partial<StreamSettings> = {}): Told {
  return after(restarted(user, settings), bind());
}

function after(told: Told, ...frames: readonly string[]): Told {
  for (const frame of frames) told.desk.send(frame);
  told.desk.frames.length = 0;
  told.desk.effects.length = 0;
  return told;
}

/** What came back for some frames. */
export function sent({ desk }: Told, ...frames: readonly string[]): string[] {
  for (const frame of frames) desk.send(frame);
  return desk.frames.splice(0);
}

/** Names of the effects of some frames. */
export function effectsOf({ desk }: Told, ...frames: readonly string[]): Effect["effect"][] {
  desk.effects.length = 0;
  for (const frame of frames) desk.send(frame);
  return desk.effects.map(({ effect }) => effect);
}

/** The defined condition in a frame with an error or a failure, with the specific one behind it; "" if it has none. */
export function conditionOf(frame = ""): string {
  const found =
    /<(?:stream:error|failure|error)[^>]*><([a-z-]+)(?: xmlns="[^"]*")?\/>(?:<text.*?<\/text>)?(?:<([a-z-]+) xmlns="[^"]*"(?: feature="([^"]*)")?\/>)?/.exec(
      frame,
    );
  return found ? [found[1], found[2], found[3]].filter(Boolean).join(" ") : "";
}
