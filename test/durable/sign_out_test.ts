/** Users who are available no more: what back ends are told, through the real objects (docs/protocol.md: Sign-out). */
import { evictAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Env, JabberSessionCalls } from "../../durable/contract.ts";
