/**
 * The pages, built into `dist/web`: hashed files in `/assets/`, nothing inline, nothing from elsewhere.
 *
 * @module
 */

import { join } from "node:path";
import { defineConfig } from "vite";

const SERVER = "http://127.0.0.1:8787";

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { input: [join(import.meta.dirname, "index.html"), join(import.meta.dirname, "lab.html"), join(import.meta.dirname, "inspect.html")] },
  },
  // `npm run web:dev` beside a server that `npm start` runs.
  server: {
    proxy: {
      "/ws/": { target: SERVER, ws: true },
      "/finesse": SERVER,
      "/api": SERVER,
      "/http-bind": SERVER,
      "/demo.json": SERVER,
      "/lab.json": SERVER,
    },
  },
});
