/**
 * The people of the tests: two teams, three agents, a supervisor of one team, and a back end that publishes; as lines of
 * an import. Passwords are `pw-` and the id.
 *
 * @module
 */

export const PEOPLE = [
  { kind: "user", id: "7001", password: "pw-7001", role: "agent", name: "Ada" },
  { kind: "user", id: "7002", password: "pw-7002", role: "agent", name: "Bob" },
  { kind: "user", id: "7003", password: "pw-7003", role: "agent", name: "Cy" },
  { kind: "user", id: "lead1", password: "pw-lead1", role: "supervisor", name: "Lea" },
  { kind: "user", id: "backend", password: "pw-backend", role: "publisher", name: "Back end" },
  { kind: "team", id: "42", name: "Sales", members: ["7001", "7003"], supervisors: ["lead1"] },
  { kind: "team", id: "43", name: "Care", members: ["7002"], supervisors: [] },
];
