/**
 * The faults in English: what is wrong, and what to do.
 *
 * @module
 */

import type { FaultCode } from "../fault_codes.ts";
import type { FaultText } from "./shape.ts";

export const enFaults: Readonly<Record<FaultCode, FaultText>> = {
  "upgrade-stripped": {
    title: "Something between removes the upgrade",
    says: "The server got an ordinary HTTP request: the answer was not 101[ but {status}][ ({reason})].",
    fix: 'Have the proxy speak HTTP/1.1 to the server and pass on Upgrade and Connection (nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade").',
  },
  "upgrade-wrong-path": {
    title: "Nothing answers at this path",
    says: "The server has no WebSocket[ at {url}][: it answered {status}][, and points to {location}].",
    fix: "Correct the path: /ws/ on Finesse, Openfire and Deskwire, /xmpp-websocket on Prosody, what ejabberd.yml says on ejabberd (/ws, /websocket).",
  },
  "origin-refused": {
    title: "The server refuses pages of this origin",
    says: "The upgrade was answered with 403[: the page's origin is {origin}].",
    fix: "Add the page's origin to those that the server allows (Deskwire: ALLOWED_ORIGINS; ejabberd: websocket_origin), scheme and port included.",
  },
  "tls-failed": {
    title: "TLS failed",
    says: "No secure connection[ to {url}] came about[: {reason}].",
    fix: "Install a certificate that is valid for this host name and signed by an authority the browsers trust, with its intermediates; on Finesse open the port once in a tab to see what the browser complains of. If the port speaks plain HTTP, correct the port.",
  },
  "server-unreachable": {
    title: "The server cannot be reached",
    says: "No connection[ to {url}] came about[: {reason}].",
    fix: "Check host name and port, that the service runs and listens there, and that no firewall stands between.",
  },
  "server-busy": {
    title: "The server takes no more connections",
    says: "The server is full or too busy[: it answered {status}][ ({condition})][, {code}].",
    fix: "Try again after what Retry-After says; if it stays so, raise the server's limits for connections or find out who opens so many.",
  },
  "upgrade-refused": {
    title: "The upgrade was refused",
    says: "The upgrade was not answered with 101[ but with {status}][ ({reason})].",
    fix: "Read the body of the answer and the log of whoever gave it: 401 asks for a sign-in at a proxy, 500 and 502 to 504 are faults of the proxy's back end, 501 comes from Prosody where the subprotocol xmpp is not offered.",
  },
  "upgrade-unanswered": {
    title: "The upgrade was never answered",
    says: "Neither 101 nor anything else came[ from {url}].",
    fix: "See whether a firewall or proxy takes the connection and drops what is sent on it, and whether the service behind the port is alive.",
  },
  "handshake-failed": {
    title: "The handshake failed",
    says: "The connection[ to {url}] ended before a valid answer to the upgrade[: {reason}][, close code {code}].",
    fix: "Something answers there that is no WebSocket server, or hangs up: check the port, and the proxy's log at that time. The browser's console may say more.",
  },
  "subprotocol-missing": {
    title: "The subprotocol xmpp is missing",
    says: "XMPP was not agreed on as the subprotocol[: the request has no {unoffered}][: the client offered “{offered}”][, the answer has no {unchosen}][, the server chose “{chosen}”][: {reason}].",
    fix: 'The client must open the socket with the subprotocol (new WebSocket(url, "xmpp")), and whoever answers must return Sec-WebSocket-Protocol: xmpp; a proxy between must pass the header on both ways.',
  },
  "open-unanswered": {
    title: "The stream was not answered",
    says: "The client opened the stream[ to {asked}] and[ after {seconds} s] no features had come.",
    fix: "The socket is open, but no XMPP service speaks on it: see whether the proxy leads to the right service, and the server's log.",
  },
  "open-missing": {
    title: "The client did not open the stream",
    says: "The first frame of a client must be <open/>[; this one began with something else: {sent}].",
    fix: 'Have the client send <open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="domain" version="1.0"/> first. A page that opens the socket by itself needs an XMPP library on it.',
  },
  "wrong-domain": {
    title: "The server does not serve this domain",
    says: "The domain[ “{asked}”] that the client asked for is not served here[; the server calls itself “{served}”].",
    fix: "Put the XMPP domain into to of <open/>, not the host name of a proxy: on Finesse xmppDomain of /finesse/api/SystemInfo; on Deskwire XMPP_DOMAIN; else what the server's configuration calls its virtual host.",
  },
  "wrong-framing": {
    title: "Not framed as XMPP over WebSocket",
    says: "What was sent is not what RFC 7395 takes[: {sent}][, namespace “{namespace}”][ ({condition})].",
    fix: "Send text messages, <open/> and <close/> in urn:ietf:params:xml:ns:xmpp-framing in place of <stream:stream>, and stanzas in jabber:client. A client for XMPP over TCP needs its WebSocket transport.",
  },
  "unsupported-version": {
    title: "The version of XMPP is missing or not supported",
    says: "The server refuses the version that <open/> names, or that it names none.",
    fix: 'Send version="1.0" in <open/>.',
  },
  "no-common-mechanism": {
    title: "Client and server have no way to sign in together",
    says: "Nothing that the server offers suits both[: {offered}][; the client asked for {mechanism}][ ({condition})].",
    fix: "Allow a mechanism that both know. Finesse offers PLAIN alone; servers that refuse PLAIN without TLS offer it once the connection is wss.",
  },
  "wrong-password": {
    title: "Wrong user or password",
    says: "The server refused the sign-in[ of {user}][ with {mechanism}][ ({condition})][: {text}].",
    fix: "Check the user id (on Finesse the loginId, without a domain) and the password; with single sign-on the password is a token, and it may be of another user or another system.",
  },
  "credentials-expired": {
    title: "Password or token has expired",
    says: "The server knows[ {user} by] these credentials, but their time is over[: {text}].",
    fix: "Change the password, or fetch a new token before connecting again.",
  },
  "account-disabled": {
    title: "The account is disabled",
    says: "The account[ {user}] exists, but an administrator has disabled it[: {text}].",
    fix: "Enable the account, or sign in with another.",
  },
  "authzid-refused": {
    title: "Signing in to act as somebody else",
    says: "The client[ {user}] asked to act as somebody else[, “{authzid}”,] and may not.",
    fix: "Leave the authorization identity empty, or make it the user's own bare jid with the server's XMPP domain: a wrong domain there is the usual cause.",
  },
  "locked-out": {
    title: "The account is locked for a while",
    says: "The server does not take sign-ins[ of {user}] at the moment[: {text}], mostly after several wrong passwords.",
    fix: "Wait (five minutes on Finesse and Deskwire), then sign in once with the right password. Look for a program that keeps trying an old one.",
  },
  "auth-malformed": {
    title: "The sign-in message is malformed",
    says: "The server could not read the message[ for {mechanism}][: {condition}].",
    fix: "PLAIN is base64 of authzid, NUL, user, NUL, password, in UTF-8 and without line breaks; user and password must not be empty.",
  },
  "auth-unanswered": {
    title: "The sign-in was not answered",
    says: "The client sent its credentials[ with {mechanism}] and[ after {seconds} s] neither success nor failure had come.",
    fix: "The server waits for whoever checks passwords (directory, AXL, identity service): look there, and at the server's log.",
  },
  "auth-missing": {
    title: "The client did not sign in",
    says: "The server offered ways to sign in[ (“{offered}”)], and the client did not answer[ for {seconds} s].",
    fix: "Give the client user and password, and see whether it waits for somebody or has failed with an error in the page's console.",
  },
  "restart-missing": {
    title: "The stream was not opened anew after the sign-in",
    says: "After <success/> the client must send a new <open/>; it did not[ within {seconds} s].",
    fix: "Have the client send <open/> again after success, and wait for the new features before it binds (RFC 6120 §6.4.6).",
  },
  "bind-missing": {
    title: "The client did not bind a resource",
    says: "The client has signed in, but asked for no resource[ within {seconds} s], so it has no address and gets nothing.",
    fix: "Have the client send the bind request once the features with <bind/> have come, and nothing else before its result.",
  },
  "bind-refused": {
    title: "The resource was refused",
    says: "The server refused to bind[: {condition}][ ({text})].",
    fix: "bad-request: use another name; resource-constraint: sign out elsewhere, or raise the number of resources a user may have; not-allowed: the account may not connect.",
  },
  "resource-conflict": {
    title: "Signed in elsewhere with the same resource",
    says: "Somebody else is signed in with this resource[ ({jid})], and this connection was ended or refused for it.",
    fix: "Use each resource once: close the other tab or program, or give this client a resource of its own. “desktop” is Cisco's own desktop's.",
  },
  "tabs-kick-each-other": {
    title: "Two clients keep taking each other's place",
    says: "The same address was signed in elsewhere again and again[: {jid}][, {times} times], because both sides reconnect with the same resource.",
    fix: "Do not reconnect after a conflict; ask the user first. Or give each tab a resource of its own.",
  },
  "presence-missing": {
    title: "The client did not say that it is there",
    says: "The client has bound a resource[ ({jid})], but sent no presence, and whoever is not present gets no events.",
    fix: 'Send <presence xmlns="jabber:client"/> after the bind.',
  },
  "presence-negative": {
    title: "The presence has a negative priority",
    says: "The client is present with a negative priority[, {priority}]; with less than 0 it gets no events for its bare address.",
    fix: "Send the presence without a priority, or with 0.",
  },
  "service-contact-absent": {
    title: "The back end is not there",
    says: "The service contact[ {contact}] is not available, so no events come[, for {seconds} s by now]; a Finesse desktop waits for its presence before it says “connected”.",
    fix: "Start the back end that publishes (Finesse: Tomcat, and its connection to the notification service; Deskwire: PUT /api/v1/service-contact). On another server, make the contact a member of every user's roster.",
  },
  "subscribe-missing": {
    title: "The client subscribes to nothing",
    says: "The client is present[ for {seconds} s], has subscribed to no node, and no event has come.",
    fix: "Subscribe to the nodes that are wanted, after the presence. Subscriptions do not follow to another server after a failover.",
  },
  "subscription-refused": {
    title: "The subscription was refused",
    says: "The server refused the subscription[ to {node}][: {condition}][ ({text})].",
    fix: "forbidden and not-authorized: give the user the team or role that may listen; not-allowed: the node takes no subscriptions; service-unavailable: correct the address of the publish-subscribe service (xmppPubSubDomain).",
  },
  "node-not-found": {
    title: "The node does not exist",
    says: "There is no such node on this server[: {node}].",
    fix: "Check the path, its capitals, and the id in it (on Finesse the id of the team, not its name). A node may appear only with its first publish.",
  },
  "subscribe-wrong-jid": {
    title: "Subscribing for another address",
    says: "The subscription names a jid[, “{jid}”,] which is not the client's own[ ({own})][: {condition}].",
    fix: "Use in jid the bare or full address that the bind gave, with its domain.",
  },
  "publish-refused": {
    title: "The publish was refused",
    says: "The server did not take the item[ for {node}][: {condition}][ ({text})].",
    fix: "forbidden: publish with an account that may; item-not-found: create the node first; not-acceptable or policy-violation: make the payload smaller.",
  },
  "nothing-published": {
    title: "Subscribed, but nothing comes",
    says: "The subscription[ to {node}] was granted, and[ for {seconds} s] no event came.",
    fix: "See whether the back end publishes to exactly this node, and whether anything happened there at all. Publish something by hand to try.",
  },
  "pings-unanswered": {
    title: "The server does not answer pings",
    says: "The client pinged without an answer[, {pings} times][, {seconds} s long].",
    fix: "The line is dead in one direction, or the server hangs: look for a network that changed, a laptop that slept, a proxy that dropped the connection, and at the server's load.",
  },
  "idle-proxy": {
    title: "A proxy cuts connections that are quiet",
    says: "The socket was cut after a constant time[, {seconds} s][, {times} times the same], without a close.",
    fix: "Raise the idle timeout of the proxy or load balancer (nginx: proxy_read_timeout and proxy_send_timeout; AWS ALB: idle timeout), or ping more often than that: a Finesse desktop pings every 10 s.",
  },
  "socket-lost": {
    title: "The socket was lost",
    says: "The connection ended without <close/>[, code {code}][, {seconds} s after the last frame][: {reason}].",
    fix: "Look for a network that changed, a proxy that was restarted, or a server that crashed. If it happens to all at once it is the server's side; if at different times, the clients' network.",
  },
  "server-shutdown": {
    title: "The server was shut down",
    says: "The server ended the connection because it stops or is being emptied[: {text}].",
    fix: "Nothing is wrong with the client: reconnect after a random pause, so that not all come back at once.",
  },
  "connection-timeout": {
    title: "The server has not heard of the client any more",
    says: "The server gave the connection up because nothing came from the client[: {text}].",
    fix: "Have the client ping (every 10 to 20 s) and answer pings; browsers slow timers of tabs in the background and stop them while a laptop sleeps.",
  },
  "slow-consumer": {
    title: "The client does not keep up",
    says: "The server ended the connection because too much waits for the client[: {text}][ ({specific})].",
    fix: "Handle events faster (not one page update per event), subscribe to fewer nodes, and acknowledge when asked. The stream can be resumed where stream management is on.",
  },
  "resume-failed": {
    title: "The earlier stream could not be resumed",
    says: "The server refused to go on with it[: {condition}]. What was published meanwhile may be missing.",
    fix: "Come back sooner than the time that <enabled/> names. After a failure bind anew, subscribe anew and fetch the present state, as clients must.",
  },
  "not-well-formed": {
    title: "A frame is not well-formed XML",
    says: "A frame[ of the {by}] could not be parsed[: {text}].",
    fix: 'Escape &, < and " in text and attributes, send UTF-8, begin each frame with <, and never cut a stanza into two messages. Best leave writing XML to a library.',
  },
  "two-stanzas-in-frame": {
    title: "Two stanzas in one frame",
    says: "A message[ of the {by}] holds more than one element; each needs a message of its own.",
    fix: "Send every stanza by a send() of its own (RFC 7395 §3.3.3). Code written for TCP or BOSH joins them.",
  },
  "restricted-xml": {
    title: "XML that XMPP does not allow",
    says: "A frame[ of the {by}] holds a comment, a processing instruction, a DTD or an entity.",
    fix: "Leave those out; only the five predefined entities and character references may stand in a stanza.",
  },
  "frame-too-large": {
    title: "A frame is too large",
    says: "The server refused a frame for its size[: {bytes} bytes][ ({text})][, close code {code}].",
    fix: "Make the payload smaller or split it, or raise the limit (Deskwire: MAX_FRAME_BYTES; Openfire: xmpp.parser.buffer.size; ejabberd: max_stanza_size; Prosody: c2s_stanza_size_limit), and that of the proxy.",
  },
  "policy-violation": {
    title: "The server ended the connection for its rules",
    says: "The client broke a local rule of the server[: {text}][ ({specific})][, close code {code}].",
    fix: "Read the text of the error: mostly too many frames, sign-ins or binds in a short time. Slow the client down or raise the limit.",
  },
  "rights-revoked": {
    title: "A right was taken away",
    says: "The server ended what the client was allowed before[: {node}][ ({condition})].",
    fix: "The account was deleted, its password changed, or its team or role. Sign in anew, and subscribe to what is still allowed.",
  },
  "payload-escaped-twice": {
    title: "The payload is escaped twice",
    says: "The payload of an event[ on {node}] is still escaped after it was unescaped once, so a desktop reads text where it expects XML.",
    fix: "Whoever publishes escapes the XML once too often: give the payload to the publish as text and let the library escape it.",
  },
  "slow-step": {
    title: "An answer took long",
    says: "An answer took longer than it should[: the step “{slow}” took {seconds} s][, {times} times in all][: the step “{waiting}” has had no answer for {seconds} s].",
    fix: "See what the server waited for at that time: directory, back end, load, or the network between. A Finesse desktop gives up after about 10 s.",
  },
  "clock-skew": {
    title: "The clocks differ",
    says: "The clocks of server and client differ[: the server's is {ahead} s ahead][: the server's is {behind} s behind].",
    fix: "Have both follow a time server (NTP). Tokens and times of states are wrong by as much.",
  },
  "bosh-session-expired": {
    title: "The BOSH session has expired",
    says: "The server does not know the session any more[: {condition}][, HTTP {status}].",
    fix: "Keep a request open at all times, and come back within the inactivity time that the server names; a page that slept must begin a new session. With several servers behind one address, send a session to the same one.",
  },
  "bosh-refused": {
    title: "The server refuses the BOSH request",
    says: "The request was refused[: {condition}][, HTTP {status}].",
    fix: "bad-request: rid must rise by one, and the body must be XML in its namespace; policy-violation: too many requests at once; 404: correct the path (/http-bind/); else see the server's log. WebSocket is the better way where there is one.",
  },
  "stream-error": {
    title: "The stream ended with an error",
    says: "The stream was ended by an error[, {condition}][ ({specific})][: {text}].",
    fix: "Look the condition up in RFC 6120 §4.9.3, and the server's log at that time.",
  },
};
