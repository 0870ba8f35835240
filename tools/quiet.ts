/**
 * Variables that keep wrangler and the vitest plugin from asking the network and from printing what nobody asked.
 *
 * @module
 */

export const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  X_LOCAL_OBSERVABILITY: "false",
} as const;
