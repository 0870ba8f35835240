/**
 * Stock clients and the project's own in the page, as their users would use them.
 *
 * @module
 */

import { Client } from "../../../client/mod.ts";
import type { Connect, StockClient } from "../../../test/wire/support/stock/client.ts";
import { connectStanza } from "../../../test/wire/support/stock/stanza.ts";
import { connectStrophe } from "../../../test/wire/support/stock/strophe.ts";
import { connectXmppJs } from "../../../test/wire/support/stock/xmpp_js.ts";
import type { Library, StockOptions } from "../page_functions.ts";

const CONNECT: Readonly<Record<Library, Connect>> = { strophe: connectStrophe, stanza: connectStanza, xmppjs: connectXmppJs };

const stock: StockClient[] = [];
const own: { readonly client: Client; items: number }[] = [];

/** Signs in by a stock client; answers its index, or why it could not. */
export async function connectStock(library: Library, options: StockOptions): Promise<number | string> {
  try {
    return stock.push(await CONNECT[library](options)) - 1;
  } catch (fault) {
    return String(fault);
  }
}

export function announce(client: number): Promise<string> {
  return find(stock, client).announce();
}

export function subscribe(client: number, node: string): Promise<string> {
  return find(stock, client).subscribe(node);
}

export async function nextEvent(client: number): Promise<string> {
  return (await find(stock, client).nextEvent()).text;
}

export function ping(client: number): Promise<void> {
  return find(stock, client).ping();
}

export function disconnect(client: number): Promise<void> {
  return find(stock, client).disconnect();
}

/** The project's own client, connecting. */
export function connectOwn(options: { readonly url: string; readonly jid: string; readonly password: string }): number {
  const client = new Client(options);
  client.connect();
  return own.push({ client, items: 0 }) - 1;
}

export async function ownStateIs(index: number, kind: string, milliseconds: number): Promise<void> {
  const { client } = find(own, index);
  if (client.state.kind === kind) return;
  await new Promise<void>((done, failed) => {
    const late = setTimeout(() => failed(new Error(`The client is ${client.state.kind}, not ${kind}`)), milliseconds);
    client.on("state", (state) => {
      if (state.kind !== kind) return;
      clearTimeout(late);
      done();
    });
  });
}

export function ownJoined(index: number, node: string): Promise<boolean> {
  const one = find(own, index);
  return one.client.subscribe(node, () => void one.items++, { explicit: true }).joined;
}

export function ownItems(index: number): number {
  return find(own, index).items;
}

export function suspendOwn(index: number): void {
  find(own, index).client.suspend();
}

export function resumeOwn(index: number): void {
  find(own, index).client.connect();
}

export function closeOwn(index: number): void {
  find(own, index).client.close();
}

function find<T>(list: readonly T[], index: number): T {
  const one = list[index];
  if (!one) throw new Error(`There is no client ${index}`);
  return one;
}
