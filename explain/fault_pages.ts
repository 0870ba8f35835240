/**
 * What the pages of the faults show beside the sentences: how each looks on the wire, and what causes it.
 *
 * English, for `docs/faults/`; `→` is sent by the client, `←` by the server.
 *
 * @module
 */

import type { FaultCode } from "./fault_codes.ts";
import { AUTH, CLOSE, failure, features, OPEN, OPENED, refused, streamError, subscribe, SUCCESS, UPGRADE } from "./fault_pages_wire.ts";

export interface FaultPage {
  readonly wire: readonly string[];
  readonly causes: readonly string[];
}

export const FAULT_PAGES: Readonly<Record<FaultCode, FaultPage>> = {
  "upgrade-stripped": {
    wire: [...UPGRADE, "← HTTP/1.1 426 Upgrade Required (or 200, or 400)", "Chrome: Error during WebSocket handshake: Unexpected response code: 426"],
    causes: [
      "A reverse proxy speaks HTTP/1.0 or leaves out hop-by-hop headers, as most do until they are told of WebSockets.",
      "A security appliance inspects HTTP and does not know the upgrade.",
      "The path leads to a page or a file, which is answered with 200.",
    ],
  },
  "upgrade-wrong-path": {
    wire: ["→ GET /xmpp/ HTTP/1.1", "← HTTP/1.1 404 Not Found (or 405, 410, a redirect)"],
    causes: [
      "The path is that of another product.",
      "A proxy passes the path on changed, or leads to another service.",
      "The WebSocket module of the server is not loaded.",
    ],
  },
  "origin-refused": {
    wire: ["→ GET /ws/ HTTP/1.1", "→ Origin: https://desk.example.org", "← HTTP/1.1 403 Forbidden"],
    causes: [
      "The page is served from another origin than the service, and that one is not in the list.",
      "Scheme or port of the entry differ: an origin is all three.",
      "A proxy forbids the path.",
    ],
  },
  "tls-failed": {
    wire: ["Chrome: Error in connection establishment: net::ERR_CERT_AUTHORITY_INVALID"],
    causes: [
      "The certificate is self-signed, has expired, or is of another host name. A browser asks nobody when it is a WebSocket: it fails.",
      "On Finesse the notification service has a port, and so a certificate, of its own (7443 beside 8445), on both nodes.",
      "The port speaks plain HTTP (net::ERR_SSL_PROTOCOL_ERROR).",
    ],
  },
  "server-unreachable": {
    wire: ["Chrome: Error in connection establishment: net::ERR_CONNECTION_REFUSED (or ERR_NAME_NOT_RESOLVED, ERR_ADDRESS_UNREACHABLE)"],
    causes: [
      "The service is down, or listens at another port or address.",
      "The host name is not known to the client's DNS.",
      "The client is offline, or must use a proxy that refuses.",
    ],
  },
  "server-busy": {
    wire: ["→ GET /ws/ HTTP/1.1", "← HTTP/1.1 503 Service Unavailable", "← Retry-After: 10"],
    causes: [
      "All places for connections are taken.",
      "Too many connections wait to sign in: a herd after a restart, or a client that opens sockets and does nothing.",
      "A rate limit of the server or the proxy (429).",
    ],
  },
  "upgrade-refused": {
    wire: ["→ GET /ws/ HTTP/1.1", "← HTTP/1.1 502 Bad Gateway"],
    causes: [
      "The proxy does not reach the server behind it.",
      "A proxy asks for a sign-in of its own (401, 407).",
      "Prosody answers 501 where the client does not offer the subprotocol xmpp.",
    ],
  },
  "upgrade-unanswered": {
    wire: ["→ GET /ws/ HTTP/1.1", "… nothing", "Chrome: WebSocket is closed before the connection is established."],
    causes: [
      "A firewall drops what is sent.",
      "The service behind the port hangs, or a load balancer waits for a back end.",
      "The page closed the socket before it had its answer.",
    ],
  },
  "handshake-failed": {
    wire: ["→ GET /ws/ HTTP/1.1", "← (the connection ends)", "Chrome: Connection closed before receiving a handshake response"],
    causes: [
      "Another protocol is spoken at the port: 5222 and 5223 are XMPP over TCP.",
      "A proxy or the server hangs up on the upgrade.",
      "Chrome's file says status 0; the reason stands in a message of type error, if at all.",
    ],
  },
  "subprotocol-missing": {
    wire: [
      "→ Sec-WebSocket-Protocol: xmpp",
      "← HTTP/1.1 101 Switching Protocols (without Sec-WebSocket-Protocol)",
      "Chrome: Error during WebSocket handshake: Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received",
    ],
    causes: [
      "The page opens the socket without naming the subprotocol.",
      "A proxy leaves the header out of the request or of the answer.",
      "The path leads to a WebSocket that is not XMPP's.",
    ],
  },
  "open-unanswered": {
    wire: [OPEN, "… nothing"],
    causes: [
      "A proxy accepts WebSockets itself and does not reach the service.",
      "The server is overloaded, or waits for a database.",
      "The service speaks another protocol on its WebSocket.",
    ],
  },
  "open-missing": {
    wire: [AUTH, OPENED, streamError("not-authorized")],
    causes: [
      "The page sends stanzas on a bare WebSocket, without an XMPP library.",
      "The client waits for a greeting of the server: it is the client that begins.",
      "The code that sends the open failed: see the page's console.",
    ],
  },
  "wrong-domain": {
    wire: ['→ <open … to="proxy.acme.test" version="1.0"/>', OPENED, streamError("host-unknown")],
    causes: [
      "The client takes the host name of the URL for the XMPP domain.",
      "On Finesse each node is a domain of its own: after a failover the name of the other node is needed.",
      "The domain is missing in the server's configuration, or spelled otherwise.",
    ],
  },
  "wrong-framing": {
    wire: ['→ <stream:stream xmlns="jabber:client" xmlns:stream="…" to="cc1.acme.test">', streamError("invalid-namespace")],
    causes: [
      "A client, or a proxy from WebSocket to TCP, writes what is meant for TCP.",
      "The frames are binary messages.",
      "A stanza has another namespace than jabber:client, or <open/> another than that of framing.",
    ],
  },
  "unsupported-version": {
    wire: ['→ <open … to="cc1.acme.test"/>', OPENED, streamError("unsupported-version")],
    causes: ["version is missing in <open/>, or is below 1.0."],
  },
  "no-common-mechanism": {
    wire: [OPEN, OPENED, features("SCRAM-SHA-256"), "→ <close …/> (or an auth with another mechanism, or nothing)"],
    causes: [
      "The server offers SCRAM alone and the client can only do PLAIN, or the other way round.",
      "The server offers PLAIN over TLS only, and the connection is ws.",
      "Passwords are kept elsewhere, or as hashes that suit one mechanism only.",
    ],
  },
  "wrong-password": {
    wire: [AUTH, failure("not-authorized")],
    causes: [
      "User or password is wrong; servers do not say which.",
      "The user id has a domain in it, or is the login name where the id is wanted.",
      "With single sign-on: the token is of another system, or what refreshes it has failed.",
    ],
  },
  "credentials-expired": {
    wire: [AUTH, failure("credentials-expired")],
    causes: ["The password must be changed.", "The token ran out while the page was open."],
  },
  "account-disabled": {
    wire: [AUTH, failure("account-disabled")],
    causes: ["An administrator has disabled the account.", "The agent was removed from the contact centre."],
  },
  "authzid-refused": {
    wire: [AUTH, failure("invalid-authzid")],
    causes: [
      "The client builds the authorization identity with the wrong domain, mostly that of a proxy.",
      "A program signs in for another user without the right to.",
    ],
  },
  "locked-out": {
    wire: [AUTH, failure("temporary-auth-failure")],
    causes: [
      "Five wrong passwords in a row.",
      "A second program of the same user keeps trying an old password.",
      "The directory that checks passwords does not answer.",
    ],
  },
  "auth-malformed": {
    wire: [AUTH, failure("malformed-request")],
    causes: [
      "The parts of PLAIN are not separated by NUL, or are empty.",
      "The base64 has line breaks, or is that of another alphabet.",
      "The text was encoded as Latin-1 or UTF-16.",
    ],
  },
  "auth-unanswered": {
    wire: [AUTH, "… nothing"],
    causes: ["The server waits for a directory or an identity service.", "The connection is dead, and nobody has noticed yet."],
  },
  "auth-missing": {
    wire: [OPEN, OPENED, features("SCRAM-SHA-1", "PLAIN"), "… nothing, or a stanza too early"],
    causes: [
      "The client has no password, or waits for somebody to enter it.",
      "An error in the page stopped it after the features.",
      "The client sends stanzas before it has signed in.",
    ],
  },
  "restart-missing": {
    wire: [AUTH, SUCCESS, "… nothing, or the bind at once"],
    causes: ["The client does not know that the stream begins anew after SASL.", "It waits for the server: it is the client that opens."],
  },
  "bind-missing": {
    wire: [SUCCESS, OPEN, OPENED, '← <stream:features …><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></stream:features>', "… nothing, or another stanza"],
    causes: ["An error in the page stopped it after the features.", "The client takes itself for bound, as after a resume."],
  },
  "bind-refused": {
    wire: ['→ <iq type="set" id="b"><bind …><resource>desktop</resource></bind></iq>', refused("resource-constraint", "b")],
    causes: [
      "The user has as many resources as are allowed.",
      "The resource has characters that none may have, or is too long.",
      "The account may not connect here.",
    ],
  },
  "resource-conflict": {
    wire: [streamError("conflict"), CLOSE],
    causes: [
      "The same user has signed in with the same resource in another tab, browser or program.",
      "The page was reloaded, and the old connection is ended by the new one. Then nothing is wrong.",
    ],
  },
  "tabs-kick-each-other": {
    wire: [streamError("conflict"), CLOSE, "… the client reconnects, which ends the other", streamError("conflict"), CLOSE],
    causes: ["Two tabs of one agent, both of which reconnect after a conflict.", "A program in the background uses the desktop's resource."],
  },
  "presence-missing": {
    wire: ['← <iq type="result" id="b"><bind …><jid>7001@cc1.acme.test/desktop</jid></bind></iq>', subscribe, "… subscribed, but nothing comes"],
    causes: ["The client never sends presence.", "It sends it before the bind is answered, and it is lost."],
  },
  "presence-negative": {
    wire: ["→ <presence><priority>-1</priority></presence>"],
    causes: ["A client that must not get messages, as a program that only publishes, uses the settings of an agent's.", "A setting of the library."],
  },
  "service-contact-absent": {
    wire: ['→ <presence xmlns="jabber:client"/>', '← <presence from="finesse@cc1.acme.test/service" type="unavailable" to="…"/> (or nothing)'],
    causes: [
      "The back end is down, or has lost its connection to the notification service.",
      "On Deskwire: the back end's lease ran out, since it does not renew it.",
      "On another server: no such contact exists, or it is not in the user's roster.",
    ],
  },
  "subscribe-missing": {
    wire: ['→ <presence xmlns="jabber:client"/>', "… no subscribe, no event"],
    causes: [
      "The client waits for the service contact, a list of teams, or a first event before it subscribes.",
      "After a failover it counts on the subscriptions of the other server.",
      "The account is in no team.",
    ],
  },
  "subscription-refused": {
    wire: [subscribe, refused("forbidden")],
    causes: [
      "The user is not in the team, or has not the role.",
      "The node's access is limited to those on a list.",
      "The request goes to an address that is no publish-subscribe service. A Finesse desktop does not see this error: it takes any answer for a yes.",
    ],
  },
  "node-not-found": {
    wire: [subscribe, refused("item-not-found")],
    causes: [
      "The path is misspelled; nodes have capitals.",
      "The team or queue was deleted, or its id has changed.",
      "The node is made with the first publish, and there was none yet.",
    ],
  },
  "subscribe-wrong-jid": {
    wire: [subscribe.replace("7001@cc1.acme.test/desktop", "7001@proxy.acme.test"), refused("bad-request", "b1", "<invalid-jid …/>")],
    causes: [
      "The client puts the address together from the user id and the wrong domain.",
      "It uses the address of somebody else, or of an earlier connection.",
    ],
  },
  "publish-refused": {
    wire: ['→ <iq type="set" id="p1" …><pubsub …><publish node="/finesse/api/Team/42/Users">…</publish></pubsub></iq>', refused("forbidden", "p1")],
    causes: ["The account may not publish.", "The node does not exist.", "The payload is too large, or not of the kind that the node takes."],
  },
  "nothing-published": {
    wire: [subscribe, '← <iq type="result" id="b1">… subscription="subscribed" …</iq>', "… nothing for a minute"],
    causes: [
      "Nothing has happened: that may well be.",
      "The back end publishes to another node, or to another domain or server.",
      "The back end is down, and no service contact tells of it.",
    ],
  },
  "pings-unanswered": {
    wire: ['→ <iq type="get" id="p1"><ping xmlns="urn:xmpp:ping"/></iq>', "… nothing", '→ <iq type="get" id="p2"><ping xmlns="urn:xmpp:ping"/></iq>'],
    causes: [
      "The network has changed, and the browser has not noticed: a WebSocket does not end by itself then.",
      "The server or a proxy hangs.",
      "The server does not know pings; most answer at least with an error.",
    ],
  },
  "idle-proxy": {
    wire: ["← the last frame", "… 60 s of silence", "the socket ends, without <close/>"],
    causes: [
      "nginx (60 s), AWS ALB (60 s), Cloudflare (100 s), Azure (240 s) and others end what is idle.",
      "The client pings too seldom, or not at all: a tab in the background is slowed down.",
      "Always after the same time: it is a timer.",
    ],
  },
  "socket-lost": {
    wire: ["← the last frame", "the socket ends with 1006, without <close/>"],
    causes: ["The client's network changed or failed.", "A proxy was restarted.", "The server process ended without a word."],
  },
  "server-shutdown": {
    wire: [streamError("system-shutdown"), CLOSE],
    causes: ["The server is being updated or stopped.", "A group of connections is being emptied (Deskwire's drain).", "The socket ended with 1001 or 1012."],
  },
  "connection-timeout": {
    wire: [streamError("connection-timeout"), CLOSE],
    causes: [
      "The client pings too seldom, or does not answer the server's pings.",
      "The tab is in the background, or the computer sleeps.",
      "The line is dead in one direction.",
    ],
  },
  "slow-consumer": {
    wire: [streamError("resource-constraint"), CLOSE],
    causes: [
      "The page is busy: it draws anew for every event.",
      "The client does not acknowledge (stream management).",
      "The line is too slow for what is subscribed.",
    ],
  },
  "resume-failed": {
    wire: ['→ <resume xmlns="urn:xmpp:sm:3" previd="…" h="17"/>', '← <failed xmlns="urn:xmpp:sm:3"><item-not-found …/></failed>'],
    causes: [
      "The client was away for longer than the server keeps a stream.",
      "The server was restarted, or a proxy leads to another one.",
      "The stream had been ended in order.",
    ],
  },
  "not-well-formed": {
    wire: ["→ <message><body>salt & pepper</body></message>", streamError("not-well-formed"), CLOSE],
    causes: [
      "XML is put together from strings, and something is not escaped.",
      "A stanza is cut into two messages, or something stands before its <.",
      "The prefix stream is used and not declared.",
    ],
  },
  "two-stanzas-in-frame": {
    wire: ["→ <presence/><iq …>…</iq>", streamError("not-well-formed"), CLOSE],
    causes: ["Code written for TCP or BOSH, where stanzas follow one another.", "A library buffers and sends all at once."],
  },
  "restricted-xml": {
    wire: ["→ <message><!-- note --></message>", streamError("restricted-xml"), CLOSE],
    causes: ["A template with comments is sent as it stands.", "An HTML entity such as &nbsp;.", "An XML declaration with another encoding than UTF-8."],
  },
  "frame-too-large": {
    wire: ["→ <message>… 70 000 bytes …</message>", streamError("policy-violation", '<stanza-too-big xmlns="urn:xmpp:errors"/>'), CLOSE],
    causes: ["A payload that holds a whole file or list.", "A limit of the server (Deskwire: 64 KiB) or of a proxy (close code 1009)."],
  },
  "policy-violation": {
    wire: [streamError("policy-violation"), CLOSE],
    causes: [
      "Too many stanzas, sign-ins or binds.",
      "Stream management was asked for twice.",
      "A rule of an administrator: the text of the error names it, mostly.",
    ],
  },
  "rights-revoked": {
    wire: [streamError("not-authorized"), CLOSE],
    causes: ["The account was deleted or disabled while it was connected.", "Its password was changed.", "It left a team whose node it listened to."],
  },
  "payload-escaped-twice": {
    wire: ["← <notification …>&amp;lt;Update&amp;gt;…&amp;lt;/Update&amp;gt;</notification>"],
    causes: ["The publisher escapes the payload and the library does it again.", "A gateway between passes on text that is already escaped."],
  },
  "slow-step": {
    wire: ["→ a request", "… 4 s", "← its answer"],
    causes: ["The server waits for a directory or a back end.", "The server or the client's computer is overloaded.", "A slow or lossy network."],
  },
  "clock-skew": {
    wire: ["← Date: two minutes ago", '← <delay xmlns="urn:xmpp:delay" stamp="(in the future)"/>'],
    causes: ["One of both follows no time server.", "A virtual machine that was paused."],
  },
  "bosh-session-expired": {
    wire: ['→ <body rid="17" sid="…" …/>', '← <body type="terminate" condition="item-not-found" …/>'],
    causes: [
      "No request was open for longer than the inactivity time: the page slept, or was slowed down.",
      "A load balancer sent the request to another server.",
      "The server was restarted.",
    ],
  },
  "bosh-refused": {
    wire: ['→ <body rid="1" …/>', '← <body type="terminate" condition="bad-request" …/> (or HTTP 400, 403, 404)'],
    causes: [
      "rid does not follow the one before.",
      "More requests at once than the session allows.",
      "The path is wrong, or a proxy answers in place of the server.",
    ],
  },
  "stream-error": {
    wire: [streamError("internal-server-error"), CLOSE],
    causes: [
      "A fault of the server (internal-server-error, remote-connection-failed).",
      "An element that the server does not know (unsupported-stanza-type).",
      "On Deskwire, missed-items: the client was behind and must sign in anew to know what it missed.",
    ],
  },
};
