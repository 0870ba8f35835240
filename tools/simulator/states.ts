/**
 * Agent states and what may follow on what, reasons, and participant states: the words of Finesse's API.
 *
 * @module
 */

/** After each state those that may follow. */
export const TRANSITIONS = {
  LOGOUT: ["NOT_READY"],
  NOT_READY: ["READY", "LOGOUT"],
  READY: ["NOT_READY", "RESERVED"],
  RESERVED: ["TALKING", "READY", "NOT_READY"],
  TALKING: ["HOLD", "WORK"],
  HOLD: ["TALKING", "WORK"],
  WORK: ["READY", "NOT_READY"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type AgentState = keyof typeof TRANSITIONS;

export function mayFollow(from: AgentState, to: AgentState): boolean {
  return (TRANSITIONS[from] as readonly AgentState[]).includes(to);
}

export interface Reason {
  readonly id: number;
  readonly code: number;
  readonly label: string;
  readonly category: "NOT_READY" | "LOGOUT";
}

export const BREAKS: readonly [Reason, ...Reason[]] = [
  { id: 1, code: 101, label: "Break", category: "NOT_READY" },
  { id: 2, code: 102, label: "Lunch", category: "NOT_READY" },
  { id: 3, code: 103, label: "Team meeting", category: "NOT_READY" },
  { id: 4, code: 104, label: "Training & coaching", category: "NOT_READY" },
  { id: 5, code: 105, label: "E-mail", category: "NOT_READY" },
];
export const NOT_ANSWERED: Reason = { id: 6, code: 32_767, label: "Call not answered", category: "NOT_READY" };
export const SUPERVISING: Reason = { id: 7, code: 107, label: "Supervising", category: "NOT_READY" };
export const END_OF_SHIFT: Reason = { id: 8, code: 201, label: "End of shift", category: "LOGOUT" };

/** How a call stands at an agent's desk. */
export type CallState = "ALERTING" | "ACTIVE" | "HELD" | "DROPPED";

/** What a desktop may do with a call in each state. */
export const ACTIONS: Readonly<Record<CallState, readonly string[]>> = {
  ALERTING: ["ANSWER"],
  ACTIVE: ["HOLD", "DROP", "CONSULT_CALL", "TRANSFER_SST", "SEND_DTMF", "UPDATE_CALL_DATA"],
  HELD: ["RETRIEVE", "DROP", "UPDATE_CALL_DATA"],
  DROPPED: [],
};
