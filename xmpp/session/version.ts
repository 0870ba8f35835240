/**
 * What this software is (XEP-0092). Of the system that it runs on nothing is told.
 *
 * @module
 */

import { answer, type Route } from "./request.ts";

export const VERSION_NS = "jabber:iq:version";

/** As in package.json. */
export const SOFTWARE_VERSION = "0.1.0";

export const softwareVersion: Route = (turn, { iq, id }) =>
  answer(turn, { iq, id, payload: `<query xmlns="${VERSION_NS}"><name>Deskwire</name><version>${SOFTWARE_VERSION}</version></query>` });
