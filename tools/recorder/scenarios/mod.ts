/**
 * Everything that is recorded, in the order of the steps it happens in.
 *
 * @module
 */

import type { Scenario } from "../stage.ts";
import { BAD_FRAMES } from "./bad_frames.ts";
import { BINDING } from "./binding.ts";
import { BOSH } from "./bosh.ts";
import { HEALTHY } from "./healthy.ts";
import { LIVE } from "./live.ts";
import { PUBSUB } from "./pubsub.ts";
import { SIGN_IN } from "./sign_in.ts";
import { STREAM } from "./stream.ts";
import { TIMES } from "./times.ts";
import { UPGRADE } from "./upgrade.ts";

export const SCENARIOS: readonly Scenario[] = [...UPGRADE, ...STREAM, ...SIGN_IN, ...BINDING, ...PUBSUB, ...LIVE, ...BAD_FRAMES, ...TIMES, ...BOSH, ...HEALTHY];
