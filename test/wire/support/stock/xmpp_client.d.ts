/** The part of @xmpp/client that the tests use; the package brings no types. */
declare module "@xmpp/client" {
  export interface XmlElement {
    readonly attrs: Readonly<Record<string, string | undefined>>;
    is(name: string): boolean;
    getChild(name: string): XmlElement | undefined;
    getChildText(name: string): string | null;
    text(): string;
    toString(): string;
  }
  interface Credentials {
    readonly username: string;
    readonly password: string;
  }
  export interface XmppClient {
    readonly reconnect: { delay: number; stop(): void; reconnect(): Promise<void> };
    readonly socket: { end(): void };
    readonly streamManagement: { readonly inbound: number; on(event: "resumed", listener: () => void): void };
    readonly iqCaller: {
      get(child: XmlElement, to: string, timeout: number): Promise<XmlElement | undefined>;
      set(child: XmlElement, to: string, timeout: number): Promise<XmlElement | undefined>;
    };
    on(event: "send" | "element" | "stanza" | "nonza", listener: (element: XmlElement) => void): void;
    on(event: "online" | "disconnect" | "offline" | "error", listener: (fault?: Error) => void): void;
    start(): Promise<{ toString(): string }>;
    stop(): Promise<void>;
    disconnect(): Promise<unknown>;
    send(element: XmlElement): Promise<void>;
    write(text: string): Promise<void>;
  }
  export function client(options: {
    readonly service: string;
    readonly domain: string;
    readonly resource: string;
    readonly credentials: Credentials | ((authenticate: (credentials: Credentials, mechanism: string) => Promise<void>) => Promise<void>);
  }): XmppClient;
  export function xml(name: string, attrs?: Readonly<Record<string, string>>, ...children: (XmlElement | string)[]): XmlElement;
}

declare module "@xmpp/xml/lib/parse.js" {
  export default function parse(text: string): import("@xmpp/client").XmlElement;
}
