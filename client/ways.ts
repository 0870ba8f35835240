/**
 * Looks for the ways in: whether a WebSocket gets through, and where HTTP requests are posted to (XEP-0156).
 *
 * @module
 */

import { $build } from "strophe.js";

const XBOSH = "urn:xmpp:alt-connections:xbosh";
const FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
const ASK_MS = 3000;

/**
 * Whether a stream over a WebSocket is answered: its `<open/>`, not the upgrade alone, since there are proxies that let only that through.
 *
 * @param ms how long an answer may take
 */
export function isThrough({ url, domain, ms }: { readonly url: string; readonly domain: string; readonly ms: number }): Promise<boolean> {
  return new Promise((tell) => {
    const socket = new WebSocket(url, "xmpp");
    const over = (found: boolean) => {
      clearTimeout(late);
      tell(found);
      socket.close();
    };
    const late = setTimeout(() => over(false), ms);
    socket.addEventListener("open", () => socket.send($build("open", { xmlns: FRAMING, to: domain, version: "1.0" }).toString()));
    socket.addEventListener("error", () => over(false));
    socket.addEventListener("close", () => over(false));
    socket.addEventListener("message", ({ data }) => {
      if (!String(data).startsWith("<open ")) return over(false);
      socket.send($build("close", { xmlns: FRAMING }).toString());
      over(true);
    });
  });
}

/** Where requests are posted to, unless the host says otherwise: the address beside the socket's. */
export function boshBeside(socketUrl: string): string {
  return new URL("/http-bind/", httpOf(socketUrl)).href;
}

/** Where requests are posted to by the host's document; the address beside the socket's where it names none. */
export async function boshByHostMeta(socketUrl: string): Promise<string> {
  const base = httpOf(socketUrl);
  try {
    const answer = await fetch(new URL("/.well-known/host-meta.json", base), { signal: AbortSignal.timeout(ASK_MS) });
    const { links } = (await answer.json()) as { readonly links?: readonly { readonly rel?: string; readonly href?: string }[] };
    const url = new URL(links?.find(({ rel }) => rel === XBOSH)?.href ?? "");
    // Not less safe than the socket would have been.
    if (url.protocol === "https:" || url.protocol === base.protocol) return url.href;
  } catch {
    // no document, or none that names it
  }
  return boshBeside(socketUrl);
}

function httpOf(socketUrl: string): URL {
  return new URL(socketUrl.replace(/^ws/, "http"));
}
