/**
 * Reads the payload of an event: Finesse's `<Update>` with users, teams, dialogs, the system's state or errors.
 *
 * Pure; element names are compared without case, since the desktop's own library does so.
 *
 * @module
 */

import type { ParseXml } from "../xml/lines.ts";

/** What an event says of a user; what it does not say is undefined. */
export interface UserPatch {
  readonly id: string;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly state?: string | undefined;
  readonly pendingState?: string | undefined;
  /** Unix milliseconds. */
  readonly since?: number | undefined;
  readonly reason?: string | undefined;
  readonly extension?: string | undefined;
  readonly teamId?: string | undefined;
  readonly teamName?: string | undefined;
  /** Teams the user supervises: id → name. */
  readonly supervises?: ReadonlyMap<string, string> | undefined;
}

export interface Call {
  readonly id: string;
  readonly state: string;
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly queue: string;
  /** Unix milliseconds; undefined where the event does not say. */
  readonly since?: number | undefined;
}

export type Update =
  | { readonly kind: "user"; readonly isDeleted: boolean; readonly user: UserPatch }
  | { readonly kind: "team"; readonly name: string; readonly users: readonly UserPatch[] }
  | { readonly kind: "calls"; readonly isDeleted: boolean; readonly calls: readonly Call[] }
  | { readonly kind: "system"; readonly inService: boolean }
  | { readonly kind: "errors"; readonly messages: readonly string[] }
  | { readonly kind: "other" };

const OTHER: Update = { kind: "other" };

/** Reads the text of an event. What is no Update, or says nothing known, is `other`. */
export function readUpdate(text: string, parse: ParseXml): Update {
  const root = text.trimStart().startsWith("<") ? parse(text) : null;
  if (!root || !isNamed(root, "update")) return OTHER;
  const isDeleted = textOf(root, "event")?.toUpperCase() === "DELETE";
  const data = childOf(root, "data");
  if (!data) return isDeleted ? deletedBySource(textOf(root, "source") ?? "") : OTHER;
  for (const child of elementsOf(data)) {
    const update = READERS[nameOf(child)]?.(child, isDeleted);
    if (update) return update;
  }
  return isDeleted ? deletedBySource(textOf(root, "source") ?? "") : OTHER;
}

type Reader = (element: Element, isDeleted: boolean) => Update;

const READERS: Readonly<Record<string, Reader>> = {
  user: (element, isDeleted) => ({ kind: "user", isDeleted, user: userOf(element) }),
  team: (element) => ({ kind: "team", name: textOf(element, "name") ?? "", users: usersOf(element) }),
  users: (element) => ({ kind: "team", name: "", users: childrenOf(element, "user").map(userOf) }),
  dialog: (element, isDeleted) => ({ kind: "calls", isDeleted, calls: [callOf(element)] }),
  dialogs: (element, isDeleted) => ({ kind: "calls", isDeleted, calls: childrenOf(element, "dialog").map(callOf) }),
  systeminfo: (element) => ({ kind: "system", inService: textOf(element, "status") === "IN_SERVICE" }),
  apierrors: (element) => ({ kind: "errors", messages: childrenOf(element, "apierror").map(messageOf) }),
};

/** A deletion comes without data: its source names the user or the dialog. */
function deletedBySource(source: string): Update {
  const [, kind, id] = /\/finesse\/api\/(User|Dialog)\/([^/]+)$/.exec(source) ?? [];
  if (kind === "User" && id) return { kind: "user", isDeleted: true, user: { id } };
  if (kind === "Dialog" && id) return { kind: "calls", isDeleted: true, calls: [{ id, state: "DROPPED", from: "", to: "", kind: "", queue: "" }] };
  return OTHER;
}

function usersOf(team: Element): UserPatch[] {
  const users = childOf(team, "users");
  return users ? childrenOf(users, "user").map(userOf) : [];
}

function userOf(element: Element): UserPatch {
  const reason = childOf(element, "reasoncode");
  const supervised = childOf(element, "teams");
  return {
    id: textOf(element, "loginid") ?? lastSegment(textOf(element, "uri") ?? ""),
    firstName: textOf(element, "firstname"),
    lastName: textOf(element, "lastname"),
    state: textOf(element, "state"),
    pendingState: textOf(element, "pendingstate"),
    since: timeOf(textOf(element, "statechangetime")),
    reason: reason ? (textOf(reason, "label") ?? textOf(reason, "code") ?? "") : undefined,
    extension: textOf(element, "extension"),
    teamId: textOf(element, "teamid"),
    teamName: textOf(element, "teamname"),
    supervises:
      supervised &&
      new Map(childrenOf(supervised, "team").map((team) => [textOf(team, "id") ?? lastSegment(textOf(team, "uri") ?? ""), textOf(team, "name") ?? ""])),
  };
}

function callOf(element: Element): Call {
  const media = childOf(element, "mediaproperties");
  const participants = childOf(element, "participants");
  const times = (participants ? childrenOf(participants, "participant") : []).map((of) => timeOf(textOf(of, "starttime"))).filter((time) => time !== undefined);
  return {
    id: textOf(element, "id") ?? lastSegment(textOf(element, "uri") ?? ""),
    state: textOf(element, "state") ?? "",
    from: textOf(element, "fromaddress") ?? "",
    to: textOf(element, "toaddress") ?? "",
    kind: (media && textOf(media, "calltype")) ?? textOf(element, "mediatype") ?? "",
    queue: (media && textOf(media, "queuename")) ?? "",
    since: times.length > 0 ? Math.min(...times) : undefined,
  };
}

function messageOf(error: Element): string {
  return [textOf(error, "errortype"), textOf(error, "errormessage")].filter(Boolean).join(": ");
}

/** Unix milliseconds of an ISO time; undefined for anything else. */
function timeOf(text: string | undefined): number | undefined {
  const time = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

const nameOf = (element: Element): string => element.nodeName.replace(/^.*:/, "").toLowerCase();
const isNamed = (element: Element, name: string): boolean => nameOf(element) === name;
const elementsOf = (element: Element): Element[] => [...element.childNodes].filter((node): node is Element => node.nodeType === 1);
const childrenOf = (element: Element, name: string): Element[] => elementsOf(element).filter((child) => isNamed(child, name));
const childOf = (element: Element, name: string): Element | undefined => elementsOf(element).find((child) => isNamed(child, name));
const lastSegment = (uri: string): string => uri.slice(uri.lastIndexOf("/") + 1);

/** Text of a child; undefined where there is none, or an empty one. */
function textOf(element: Element, name: string): string | undefined {
  return childOf(element, name)?.textContent?.trim() || undefined;
}
