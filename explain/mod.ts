/**
 * The explainer: what was said on a connection, frame by frame, and what is wrong with it.
 *
 * Pure: no clock, no network, no page. Recordings are read from texts; times are given.
 *
 * @module
 */

export { Explainer, type ExplainerOptions, explain } from "./explainer.ts";
export {
  type ExplainedConnection,
  type ExplainedFrame,
  type Explanation,
  type Fault,
  type FaultTexts,
  FRAME_KINDS,
  type FrameKind,
  type Language,
  type Rule,
  type Step,
  STEPS,
  type StepProgress,
  type StepState,
  type UpgradeField,
} from "./explanation.ts";
export { FAULT_CODES, type FaultCode } from "./fault_codes.ts";
export { MASK, masked } from "./mask.ts";
export { readHar } from "./read/har.ts";
export { readPasted } from "./read/pasted.ts";
export {
  type Connection,
  type Direction,
  type Ended,
  type Header,
  type RawFrame,
  type Recording,
  RecordingError,
  type RecordingNote,
  type RecordingProblem,
  type Transport,
  type Upgrade,
} from "./recording.ts";
export { reportOf } from "./report.ts";
export { stateTitle, stepTitle, textsOf } from "./texts/mod.ts";
export { upgradeTable } from "./upgrade_table.ts";
export { writeHar } from "./write/har.ts";
export { writeText } from "./write/text.ts";
