/**
 * What the recorded page can be asked to do (`page/` does it). Sockets and clients are named by their index.
 *
 * @module
 */

export interface PageFunctions {
  /** Opens a socket; answers when it is open or has failed, or after a while in any case. */
  open(url: string, protocols: string[], milliseconds: number): Promise<{ readonly socket: number; readonly isOpen: boolean }>;
  send(socket: number, frame: string): void;
  /** The next frame that matches; those before it are dropped. */
  next(socket: number, pattern: string, milliseconds: number): Promise<string>;
  /** Did it close in time? */
  closed(socket: number, milliseconds: number): Promise<boolean>;
  close(socket: number): Promise<void>;

  /** Posts a `<body/>`; answers the text, or the status where it is none of 200. */
  post(url: string, body: string): Promise<string>;
  get(url: string): Promise<string>;

  /** Signs in by a stock client; answers its index, or why it could not. */
  connectStock(library: Library, options: StockOptions): Promise<number | string>;
  announce(client: number): Promise<string>;
  subscribe(client: number, node: string): Promise<string>;
  /** Text of the next event. */
  nextEvent(client: number): Promise<string>;
  ping(client: number): Promise<void>;
  disconnect(client: number): Promise<void>;

  /** The project's own client, connecting. */
  connectOwn(options: { readonly url: string; readonly jid: string; readonly password: string }): number;
  ownStateIs(client: number, kind: string, milliseconds: number): Promise<void>;
  ownJoined(client: number, node: string): Promise<boolean>;
  /** How many items it was told of its nodes. */
  ownItems(client: number): number;
  /** Its socket is given up, its stream is not. */
  suspendOwn(client: number): void;
  resumeOwn(client: number): void;
  closeOwn(client: number): void;
}

export type Library = "strophe" | "stanza" | "xmppjs";

export interface StockOptions {
  readonly socketUrl: string;
  readonly domain: string;
  readonly user: string;
  readonly password: string;
  readonly resource: string;
  /** PLAIN: nothing else is allowed. SCRAM: whatever the library picks by itself. */
  readonly mechanism: "PLAIN" | "SCRAM";
}
