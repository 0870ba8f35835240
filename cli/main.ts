/**
 * The process: arguments in, an exit code out.
 *
 * @module
 */

import { run } from "./program.ts";

// Whoever reads has read enough: `deskwire explain … | head`.
process.stdout.on("error", (fault: NodeJS.ErrnoException) => {
  if (fault.code !== "EPIPE") throw fault;
  process.exit();
});

process.exitCode = await run(process.argv.slice(2));
