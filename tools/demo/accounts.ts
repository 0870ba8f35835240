/**
 * The demo contact centre: who works there, in which team, and the passwords, which are public.
 *
 * @module
 */

export type DemoRole = "agent" | "supervisor" | "publisher";

export interface DemoAccount {
  /** Local part of the jabber id. */
  readonly id: string;
  readonly password: string;
  readonly name: string;
  readonly role: DemoRole;
  /** The team of an agent; the first of those that a supervisor leads. */
  readonly team?: string;
}

export interface DemoTeam {
  readonly id: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly supervisors: readonly string[];
}

export const DEMO_TEAMS: readonly DemoTeam[] = [
  { id: "1", name: "Sales & Renewals", members: ["1001", "1002", "1003", "1004"], supervisors: ["lead1"] },
  { id: "2", name: "Customer Care", members: ["1005", "1006", "1007", "1008"], supervisors: ["lead1", "lead2"] },
  { id: "3", name: "Technical Support", members: ["1009", "1010", "1011", "1012"], supervisors: ["lead2"] },
];

const AGENTS = {
  "1001": "Ada Moreno",
  "1002": "Bob Fischer",
  "1003": "Chiara Rossi",
  "1004": "Daniel O'Neill",
  "1005": "Emeka Obi",
  "1006": "Fatima Haddad",
  "1007": "Grace Lindqvist",
  "1008": "Hiro Tanaka",
  "1009": "Ines Carvalho",
  "1010": "Jakub Nowak",
  "1011": "Kavya Iyer",
  "1012": "Zoë Lefèvre",
};
const SUPERVISORS = { lead1: "Lea Brandt", lead2: "Luis Ortega" };
const PUBLISHERS = { backend: "Back end" };

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  ...accountsOf(AGENTS, "agent"),
  ...accountsOf(SUPERVISORS, "supervisor"),
  ...accountsOf(PUBLISHERS, "publisher"),
];

function accountsOf(names: Readonly<Record<string, string>>, role: DemoRole): DemoAccount[] {
  return Object.entries(names).map(([id, name]) => {
    const team = DEMO_TEAMS.find(({ members, supervisors }) => members.includes(id) || supervisors.includes(id));
    return { id, password: `demo-${id}`, name, role, ...(team && { team: team.id }) };
  });
}
