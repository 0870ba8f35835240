/**
 * The faults in German: what is wrong, and what to do.
 *
 * @module
 */

import type { FaultCode } from "../fault_codes.ts";
import type { FaultText } from "./shape.ts";

export const deFaults: Readonly<Record<FaultCode, FaultText>> = {
  "upgrade-stripped": {
    title: "Etwas dazwischen entfernt das Upgrade",
    says: "Beim Server kam eine gewöhnliche HTTP-Anfrage an: Die Antwort war nicht 101[, sondern {status}][ ({reason})].",
    fix: 'Lassen Sie den Proxy HTTP/1.1 zum Server sprechen und Upgrade und Connection weitergeben (nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade").',
  },
  "upgrade-wrong-path": {
    title: "Unter diesem Pfad antwortet nichts",
    says: "Der Server hat hier keinen WebSocket[, unter {url}][: Er antwortete {status}][ und verweist auf {location}].",
    fix: "Berichtigen Sie den Pfad: /ws/ bei Finesse, Openfire und Deskwire, /xmpp-websocket bei Prosody, bei ejabberd was in ejabberd.yml steht (/ws, /websocket).",
  },
  "origin-refused": {
    title: "Der Server lehnt Seiten dieser Herkunft ab",
    says: "Das Upgrade wurde mit 403 beantwortet[: Die Herkunft der Seite ist {origin}].",
    fix: "Nehmen Sie die Herkunft der Seite in die erlaubten auf (Deskwire: ALLOWED_ORIGINS; ejabberd: websocket_origin), mit Schema und Port.",
  },
  "tls-failed": {
    title: "TLS ist gescheitert",
    says: "Es kam keine sichere Verbindung[ zu {url}] zustande[: {reason}].",
    fix: "Installieren Sie ein Zertifikat, das für diesen Hostnamen gilt und von einer Stelle unterschrieben ist, der die Browser vertrauen, samt Zwischenzertifikaten; öffnen Sie bei Finesse den Port einmal in einem Tab, um zu sehen, was der Browser beanstandet. Spricht der Port einfaches HTTP, berichtigen Sie den Port.",
  },
  "server-unreachable": {
    title: "Der Server ist nicht erreichbar",
    says: "Es kam keine Verbindung[ zu {url}] zustande[: {reason}].",
    fix: "Prüfen Sie Hostnamen und Port, ob der Dienst läuft und dort lauscht, und ob eine Firewall dazwischensteht.",
  },
  "server-busy": {
    title: "Der Server nimmt keine Verbindungen mehr an",
    says: "Der Server ist voll oder überlastet[: Er antwortete {status}][ ({condition})][, {code}].",
    fix: "Versuchen Sie es nach der Zeit in Retry-After erneut; bleibt es so, erhöhen Sie die Grenzen des Servers für Verbindungen, oder finden Sie heraus, wer so viele öffnet.",
  },
  "upgrade-refused": {
    title: "Das Upgrade wurde abgelehnt",
    says: "Das Upgrade wurde nicht mit 101 beantwortet[, sondern mit {status}][ ({reason})].",
    fix: "Lesen Sie den Inhalt der Antwort und das Protokoll dessen, der sie gab: 401 verlangt eine Anmeldung an einem Proxy, 500 und 502 bis 504 sind Fehler hinter dem Proxy, 501 kommt von Prosody, wenn das Subprotokoll xmpp nicht angeboten wird.",
  },
  "upgrade-unanswered": {
    title: "Das Upgrade blieb ohne Antwort",
    says: "Es kam weder 101 noch etwas anderes[ von {url}].",
    fix: "Sehen Sie nach, ob eine Firewall oder ein Proxy die Verbindung annimmt und verwirft, was darauf gesendet wird, und ob der Dienst hinter dem Port lebt.",
  },
  "handshake-failed": {
    title: "Der Handshake ist gescheitert",
    says: "Die Verbindung[ zu {url}] endete vor einer gültigen Antwort auf das Upgrade[: {reason}][, Close-Code {code}].",
    fix: "Dort antwortet etwas, das kein WebSocket-Server ist, oder es legt auf: Prüfen Sie den Port und das Protokoll des Proxys zu dieser Zeit. Die Konsole des Browsers sagt vielleicht mehr.",
  },
  "subprotocol-missing": {
    title: "Das Subprotokoll xmpp fehlt",
    says: "XMPP wurde nicht als Subprotokoll vereinbart[: In der Anfrage fehlt {unoffered}][: Der Client bot „{offered}“ an][, in der Antwort fehlt {unchosen}][, der Server wählte „{chosen}“][: {reason}].",
    fix: 'Der Client muss den Socket mit dem Subprotokoll öffnen (new WebSocket(url, "xmpp")), und wer antwortet, muss Sec-WebSocket-Protocol: xmpp zurückgeben; ein Proxy dazwischen muss den Header in beide Richtungen weitergeben.',
  },
  "open-unanswered": {
    title: "Der Stream blieb ohne Antwort",
    says: "Der Client eröffnete den Stream[ zu {asked}]; Features waren nicht gekommen[, auch nach {seconds} s nicht].",
    fix: "Der Socket ist offen, aber kein XMPP-Dienst spricht darauf: Sehen Sie nach, ob der Proxy zum richtigen Dienst führt, und im Protokoll des Servers.",
  },
  "open-missing": {
    title: "Der Client hat den Stream nicht eröffnet",
    says: "Der erste Frame eines Clients muss <open/> sein[; dieser begann mit etwas anderem: {sent}].",
    fix: 'Lassen Sie den Client zuerst <open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="Domäne" version="1.0"/> senden. Eine Seite, die den Socket selbst öffnet, braucht darauf eine XMPP-Bibliothek.',
  },
  "wrong-domain": {
    title: "Der Server bedient diese Domäne nicht",
    says: "Die Domäne[ „{asked}“], nach der der Client fragte, wird hier nicht bedient[; der Server nennt sich „{served}“].",
    fix: "In to von <open/> gehört die XMPP-Domäne, nicht der Hostname eines Proxys: bei Finesse xmppDomain aus /finesse/api/SystemInfo; bei Deskwire XMPP_DOMAIN; sonst der virtuelle Host aus der Konfiguration des Servers.",
  },
  "wrong-framing": {
    title: "Nicht so verpackt, wie XMPP über WebSocket es verlangt",
    says: "Gesendet wurde, was RFC 7395 nicht annimmt[: {sent}][, Namensraum „{namespace}“][ ({condition})].",
    fix: "Senden Sie Textnachrichten, <open/> und <close/> in urn:ietf:params:xml:ns:xmpp-framing statt <stream:stream>, und Stanzas in jabber:client. Ein Client für XMPP über TCP braucht seinen WebSocket-Transport.",
  },
  "unsupported-version": {
    title: "Die XMPP-Version fehlt oder wird nicht unterstützt",
    says: "Der Server lehnt die Version ab, die <open/> nennt, oder dass es keine nennt.",
    fix: 'Senden Sie version="1.0" in <open/>.',
  },
  "no-common-mechanism": {
    title: "Client und Server haben kein gemeinsames Anmeldeverfahren",
    says: "Nichts, was der Server anbietet, passt beiden[: {offered}][; der Client verlangte {mechanism}][ ({condition})].",
    fix: "Erlauben Sie ein Verfahren, das beide kennen. Finesse bietet nur PLAIN an; Server, die PLAIN ohne TLS ablehnen, bieten es an, sobald die Verbindung wss ist.",
  },
  "wrong-password": {
    title: "Benutzer oder Passwort ist falsch",
    says: "Der Server lehnte die Anmeldung ab[, Benutzer {user}][, Verfahren {mechanism}][ ({condition})][: {text}].",
    fix: "Prüfen Sie die Benutzer-ID (bei Finesse die loginId, ohne Domäne) und das Passwort; bei Single Sign-on ist das Passwort ein Token, und es kann das eines anderen Benutzers oder Systems sein.",
  },
  "credentials-expired": {
    title: "Passwort oder Token ist abgelaufen",
    says: "Der Server kennt diese Zugangsdaten[ von {user}], aber ihre Zeit ist vorbei[: {text}].",
    fix: "Ändern Sie das Passwort, oder holen Sie vor der nächsten Verbindung ein neues Token.",
  },
  "account-disabled": {
    title: "Das Konto ist gesperrt",
    says: "Das Konto[ {user}] gibt es, aber ein Administrator hat es abgeschaltet[: {text}].",
    fix: "Schalten Sie das Konto wieder ein, oder melden Sie sich mit einem anderen an.",
  },
  "authzid-refused": {
    title: "Anmeldung, um als jemand anderes zu handeln",
    says: "Der Client[ {user}] wollte als jemand anderes handeln[, „{authzid}“,] und darf es nicht.",
    fix: "Lassen Sie die Autorisierungs-ID leer, oder setzen Sie die eigene Jabber-ID ohne Ressource mit der XMPP-Domäne des Servers ein: Meist steht dort eine falsche Domäne.",
  },
  "locked-out": {
    title: "Das Konto ist eine Weile gesperrt",
    says: "Der Server nimmt zurzeit keine Anmeldung[ von {user}] an[: {text}], meist nach mehreren falschen Passwörtern.",
    fix: "Warten Sie (bei Finesse und Deskwire fünf Minuten), und melden Sie sich dann einmal mit dem richtigen Passwort an. Suchen Sie nach einem Programm, das ein altes weiter versucht.",
  },
  "auth-malformed": {
    title: "Die Anmeldenachricht ist fehlerhaft",
    says: "Der Server konnte die Nachricht[ für {mechanism}] nicht lesen[: {condition}].",
    fix: "PLAIN ist Base64 von authzid, NUL, Benutzer, NUL, Passwort, in UTF-8 und ohne Zeilenumbrüche; Benutzer und Passwort dürfen nicht leer sein.",
  },
  "auth-unanswered": {
    title: "Die Anmeldung blieb ohne Antwort",
    says: "Der Client sandte seine Zugangsdaten[ mit {mechanism}]; weder Erfolg noch Ablehnung war gekommen[, auch nach {seconds} s nicht].",
    fix: "Der Server wartet auf den, der Passwörter prüft (Verzeichnis, AXL, Identitätsdienst): Sehen Sie dort nach und im Protokoll des Servers.",
  },
  "auth-missing": {
    title: "Der Client hat sich nicht angemeldet",
    says: "Der Server bot Verfahren zur Anmeldung an[ („{offered}“)], und der Client antwortete nicht[, {seconds} s lang].",
    fix: "Geben Sie dem Client Benutzer und Passwort, und sehen Sie nach, ob er auf jemanden wartet oder mit einem Fehler in der Konsole der Seite abgebrochen hat.",
  },
  "restart-missing": {
    title: "Der Stream wurde nach der Anmeldung nicht neu eröffnet",
    says: "Nach <success/> muss der Client ein neues <open/> senden; er tat es nicht[ binnen {seconds} s].",
    fix: "Lassen Sie den Client nach dem Erfolg wieder <open/> senden und auf die neuen Features warten, bevor er bindet (RFC 6120 §6.4.6).",
  },
  "bind-missing": {
    title: "Der Client hat keine Ressource gebunden",
    says: "Der Client ist angemeldet, bat aber[ binnen {seconds} s] um keine Ressource; so hat er keine Adresse und bekommt nichts.",
    fix: "Lassen Sie den Client die Bind-Anfrage senden, sobald die Features mit <bind/> da sind, und vor ihrem Ergebnis nichts anderes.",
  },
  "bind-refused": {
    title: "Die Ressource wurde abgelehnt",
    says: "Der Server lehnte das Binden ab[: {condition}][ ({text})].",
    fix: "bad-request: anderer Name; resource-constraint: anderswo abmelden, oder mehr Ressourcen je Benutzer erlauben; not-allowed: das Konto darf sich nicht verbinden.",
  },
  "resource-conflict": {
    title: "Anderswo mit derselben Ressource angemeldet",
    says: "Jemand anderes ist mit dieser Ressource angemeldet[ ({jid})]; diese Verbindung wurde dafür beendet oder abgelehnt.",
    fix: "Benutzen Sie jede Ressource nur einmal: Schließen Sie den anderen Tab oder das andere Programm, oder geben Sie diesem Client eine eigene. „desktop“ gehört Ciscos eigenem Desktop.",
  },
  "tabs-kick-each-other": {
    title: "Zwei Clients nehmen sich immer wieder den Platz",
    says: "Dieselbe Adresse wurde immer wieder anderswo angemeldet[: {jid}][, {times}-mal], weil sich beide Seiten mit derselben Ressource neu verbinden.",
    fix: "Verbinden Sie sich nach einem Konflikt nicht von selbst neu; fragen Sie erst. Oder geben Sie jedem Tab eine eigene Ressource.",
  },
  "presence-missing": {
    title: "Der Client hat sich nicht anwesend gemeldet",
    says: "Der Client hat eine Ressource gebunden[ ({jid})], aber keine Presence gesendet, und wer nicht anwesend ist, bekommt keine Ereignisse.",
    fix: 'Senden Sie nach dem Binden <presence xmlns="jabber:client"/>.',
  },
  "presence-negative": {
    title: "Die Presence hat eine negative Priorität",
    says: "Der Client ist mit negativer Priorität anwesend[, {priority}]; unter 0 bekommt er keine Ereignisse für seine Adresse ohne Ressource.",
    fix: "Senden Sie die Presence ohne Priorität oder mit 0.",
  },
  "service-contact-absent": {
    title: "Das Back-End ist nicht da",
    says: "Der Dienstkontakt[ {contact}] ist nicht anwesend, deshalb kommen keine Ereignisse[, seit {seconds} s]; ein Finesse-Desktop wartet auf seine Presence, bevor er „verbunden“ meldet.",
    fix: "Starten Sie das Back-End, das veröffentlicht (Finesse: Tomcat und seine Verbindung zum Benachrichtigungsdienst; Deskwire: PUT /api/v1/service-contact). Auf einem anderen Server nehmen Sie den Kontakt in die Kontaktliste aller Benutzer auf.",
  },
  "subscribe-missing": {
    title: "Der Client abonniert nichts",
    says: "Der Client ist[ seit {seconds} s] anwesend, hat keinen Knoten abonniert, und kein Ereignis kam.",
    fix: "Abonnieren Sie nach der Presence die gewünschten Knoten. Abonnements folgen bei einem Failover nicht auf den anderen Server.",
  },
  "subscription-refused": {
    title: "Das Abonnement wurde abgelehnt",
    says: "Der Server lehnte das Abonnement ab[, Knoten {node}][: {condition}][ ({text})].",
    fix: "forbidden und not-authorized: Geben Sie dem Benutzer das Team oder die Rolle, die zuhören darf; not-allowed: Der Knoten nimmt keine Abonnements an; service-unavailable: Berichtigen Sie die Adresse des PubSub-Dienstes (xmppPubSubDomain).",
  },
  "node-not-found": {
    title: "Den Knoten gibt es nicht",
    says: "Auf diesem Server gibt es keinen solchen Knoten[: {node}].",
    fix: "Prüfen Sie den Pfad, Groß- und Kleinschreibung und die ID darin (bei Finesse die ID des Teams, nicht sein Name). Ein Knoten entsteht vielleicht erst mit der ersten Veröffentlichung.",
  },
  "subscribe-wrong-jid": {
    title: "Abonnement für eine fremde Adresse",
    says: "Das Abonnement nennt eine jid[, „{jid}“,] die nicht die eigene Adresse des Clients ist[ ({own})][: {condition}].",
    fix: "Nehmen Sie als jid die Adresse aus dem Bind, mit oder ohne Ressource, mit ihrer Domäne.",
  },
  "publish-refused": {
    title: "Die Veröffentlichung wurde abgelehnt",
    says: "Der Server nahm das Item[ für {node}] nicht an[: {condition}][ ({text})].",
    fix: "forbidden: mit einem Konto veröffentlichen, das darf; item-not-found: den Knoten erst anlegen; not-acceptable oder policy-violation: die Nutzlast verkleinern.",
  },
  "nothing-published": {
    title: "Abonniert, aber es kommt nichts",
    says: "Das Abonnement[ von {node}] wurde gewährt; danach kam[ {seconds} s lang] kein Ereignis.",
    fix: "Sehen Sie nach, ob das Back-End auf genau diesem Knoten veröffentlicht, und ob dort überhaupt etwas geschah. Veröffentlichen Sie zur Probe etwas von Hand.",
  },
  "pings-unanswered": {
    title: "Der Server beantwortet keine Pings",
    says: "Der Client pingte ohne Antwort[, {pings}-mal][, {seconds} s lang].",
    fix: "Die Leitung ist in einer Richtung tot, oder der Server hängt: Suchen Sie nach einem Netzwechsel, einem Laptop im Ruhezustand, einem Proxy, der die Verbindung fallen ließ, und nach der Last des Servers.",
  },
  "idle-proxy": {
    title: "Ein Proxy trennt ruhige Verbindungen",
    says: "Der Socket wurde nach einer festen Zeit getrennt[, {seconds} s][, {times}-mal gleich], ohne close.",
    fix: "Erhöhen Sie die Leerlaufzeit des Proxys oder Load-Balancers (nginx: proxy_read_timeout und proxy_send_timeout; AWS ALB: Idle Timeout), oder pingen Sie öfter: Ein Finesse-Desktop pingt alle 10 s.",
  },
  "socket-lost": {
    title: "Der Socket ging verloren",
    says: "Die Verbindung endete ohne <close/>[, Close-Code {code}][, {seconds} s nach dem letzten Frame][: {reason}].",
    fix: "Suchen Sie nach einem Netzwechsel, einem neu gestarteten Proxy oder einem abgestürzten Server. Trifft es alle zugleich, liegt es am Server; zu verschiedenen Zeiten, am Netz der Clients.",
  },
  "server-shutdown": {
    title: "Der Server wurde heruntergefahren",
    says: "Der Server beendete die Verbindung, weil er anhält oder geleert wird[: {text}].",
    fix: "Am Client liegt es nicht: Verbinden Sie sich nach einer zufälligen Pause neu, damit nicht alle zugleich zurückkommen.",
  },
  "connection-timeout": {
    title: "Der Server hört nichts mehr vom Client",
    says: "Der Server gab die Verbindung auf, weil vom Client nichts mehr kam[: {text}].",
    fix: "Lassen Sie den Client pingen (alle 10 bis 20 s) und Pings beantworten; Browser bremsen Zeitgeber von Tabs im Hintergrund und halten sie im Ruhezustand an.",
  },
  "slow-consumer": {
    title: "Der Client kommt nicht nach",
    says: "Der Server beendete die Verbindung, weil zu viel auf den Client wartet[: {text}][ ({specific})].",
    fix: "Verarbeiten Sie Ereignisse schneller (nicht eine Aktualisierung der Seite je Ereignis), abonnieren Sie weniger Knoten, und bestätigen Sie, wenn gefragt wird. Mit Stream-Management kann der Stream fortgesetzt werden.",
  },
  "resume-failed": {
    title: "Der frühere Stream konnte nicht fortgesetzt werden",
    says: "Der Server lehnte die Fortsetzung ab[: {condition}]. Was inzwischen veröffentlicht wurde, kann fehlen.",
    fix: "Kommen Sie vor Ablauf der Zeit zurück, die <enabled/> nennt. Nach der Ablehnung muss der Client neu binden, neu abonnieren und den jetzigen Stand holen.",
  },
  "not-well-formed": {
    title: "Ein Frame ist kein wohlgeformtes XML",
    says: "Ein Frame konnte nicht gelesen werden[ (Absender: {by})][: {text}].",
    fix: 'Maskieren Sie &, < und " in Text und Attributen, senden Sie UTF-8, beginnen Sie jeden Frame mit <, und zerschneiden Sie nie eine Stanza in zwei Nachrichten. Am besten schreibt eine Bibliothek das XML.',
  },
  "two-stanzas-in-frame": {
    title: "Zwei Stanzas in einem Frame",
    says: "Eine Nachricht enthält mehr als ein Element[ (Absender: {by})]; jedes braucht eine eigene.",
    fix: "Senden Sie jede Stanza mit einem eigenen send() (RFC 7395 §3.3.3). Code für TCP oder BOSH fügt sie zusammen.",
  },
  "restricted-xml": {
    title: "XML, das XMPP nicht erlaubt",
    says: "Ein Frame enthält einen Kommentar, eine Verarbeitungsanweisung, eine DTD oder eine Entity[ (Absender: {by})].",
    fix: "Lassen Sie sie weg; in einer Stanza dürfen nur die fünf vordefinierten Entities und Zeichenreferenzen stehen.",
  },
  "frame-too-large": {
    title: "Ein Frame ist zu groß",
    says: "Der Server lehnte einen Frame wegen seiner Größe ab[: {bytes} Bytes][ ({text})][, Close-Code {code}].",
    fix: "Verkleinern oder teilen Sie die Nutzlast, oder erhöhen Sie die Grenze (Deskwire: MAX_FRAME_BYTES; Openfire: xmpp.parser.buffer.size; ejabberd: max_stanza_size; Prosody: c2s_stanza_size_limit) und die des Proxys.",
  },
  "policy-violation": {
    title: "Der Server beendete die Verbindung nach seinen Regeln",
    says: "Der Client verstieß gegen eine Regel des Servers[: {text}][ ({specific})][, Close-Code {code}].",
    fix: "Lesen Sie den Text des Fehlers: meist zu viele Frames, Anmeldungen oder Binds in kurzer Zeit. Bremsen Sie den Client, oder erhöhen Sie die Grenze.",
  },
  "rights-revoked": {
    title: "Ein Recht wurde entzogen",
    says: "Der Server beendete, was der Client bisher durfte[: {node}][ ({condition})].",
    fix: "Das Konto wurde gelöscht, sein Passwort, Team oder seine Rolle geändert. Melden Sie sich neu an, und abonnieren Sie, was noch erlaubt ist.",
  },
  "payload-escaped-twice": {
    title: "Die Nutzlast ist doppelt maskiert",
    says: "Die Nutzlast eines Ereignisses[ auf {node}] ist noch maskiert, nachdem sie einmal entmaskiert wurde; der Desktop liest Text, wo er XML erwartet.",
    fix: "Wer veröffentlicht, maskiert das XML einmal zu viel: Übergeben Sie die Nutzlast als Text, und lassen Sie die Bibliothek maskieren.",
  },
  "slow-step": {
    title: "Eine Antwort dauerte lange",
    says: "Eine Antwort dauerte länger, als sie sollte[: Der Schritt „{slow}“ brauchte {seconds} s][, {times}-mal insgesamt][: Der Schritt „{waiting}“ ist seit {seconds} s ohne Antwort].",
    fix: "Sehen Sie nach, worauf der Server zu dieser Zeit wartete: Verzeichnis, Back-End, Last oder das Netz dazwischen. Ein Finesse-Desktop gibt nach etwa 10 s auf.",
  },
  "clock-skew": {
    title: "Die Uhren gehen verschieden",
    says: "Die Uhren von Server und Client gehen verschieden[: Die des Servers geht {ahead} s vor][: Die des Servers geht {behind} s nach].",
    fix: "Lassen Sie beide einem Zeitserver folgen (NTP). Um so viel sind Tokens und Zeiten von Zuständen falsch.",
  },
  "bosh-session-expired": {
    title: "Die BOSH-Sitzung ist abgelaufen",
    says: "Der Server kennt die Sitzung nicht mehr[: {condition}][, HTTP {status}].",
    fix: "Halten Sie immer eine Anfrage offen, und kommen Sie binnen der Zeit zurück, die der Server als inactivity nennt; eine Seite, die schlief, muss eine neue Sitzung beginnen. Stehen mehrere Server hinter einer Adresse, muss eine Sitzung immer zu demselben gehen.",
  },
  "bosh-refused": {
    title: "Der Server lehnt die BOSH-Anfrage ab",
    says: "Die Anfrage wurde abgelehnt[: {condition}][, HTTP {status}].",
    fix: "bad-request: rid muss um eins steigen, und der Body muss XML in seinem Namensraum sein; policy-violation: zu viele Anfragen zugleich; 404: Pfad berichtigen (/http-bind/); sonst siehe Protokoll des Servers. WebSocket ist der bessere Weg, wo es ihn gibt.",
  },
  "stream-error": {
    title: "Der Stream endete mit einem Fehler",
    says: "Der Stream wurde mit einem Fehler beendet[, {condition}][ ({specific})][: {text}].",
    fix: "Schlagen Sie die Bedingung in RFC 6120 §4.9.3 nach, und im Protokoll des Servers zu dieser Zeit.",
  },
};
