/**
 * The page that is recorded: `recorder` has what the scenarios ask it to do.
 *
 * @module
 */

import * as clients from "./clients.ts";
import type { PageFunctions } from "../page_functions.ts";
import * as requests from "./requests.ts";
import * as sockets from "./sockets.ts";

const recorder: PageFunctions = { ...clients, ...requests, ...sockets };

Object.assign(globalThis, { recorder });
