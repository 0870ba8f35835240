/**
 * `npm run build`: the pages into `dist/web`. With `--if-needed` only when `web/` is newer.
 *
 * @module
 */

import { buildPages, freshPages } from "./start/pages.ts";

if (process.argv.includes("--if-needed")) await freshPages();
else await buildPages();
