/**
 * The groups of connections, and emptying one of them: `GET /api/v1/connections`, `POST /api/v1/connections/drain`.
 *
 * @module
 */

import type { ManagerView } from "../../durable/contract.ts";
import { CONTRACT, managerNamed, within } from "../../durable/stubs.ts";
import { isManager, REGIONS } from "../placing.ts";
import { Problem } from "../problem.ts";
import { bodyJson, type DoorContext } from "../request.ts";
import { doorSettings } from "../settings.ts";
import { decodeObject, type Field, text, truth, valueOf } from "./decode.ts";

/** Groups of a region are filled first to last: behind so many without a stream there is none with one. */
const EMPTY_IN_A_ROW = 2;

/** Answers `{"managers": [{"manager", "streams", "detached", "unsigned", "draining"}]}`, those that hold something or are being emptied. */
export async function listConnections(c: DoorContext): Promise<Response> {
  const regions = await Promise.all(REGIONS.map((region) => viewsOf(c, region)));
  return Response.json({ managers: regions.flat() });
}

async function viewsOf(c: DoorContext, region: string): Promise<ManagerView[]> {
  const { MANAGERS_PER_REGION, CALL_DEADLINE_MS } = doorSettings(c.env);
  const found: ManagerView[] = [];
  for (let n = 0, empty = 0; n < MANAGERS_PER_REGION && empty < EMPTY_IN_A_ROW; n++) {
    const view = await within(CALL_DEADLINE_MS, managerNamed(c.env, `${region}/${n}`).view({ v: CONTRACT }));
    const isInUse = view.streams > 0 || view.draining;
    if (isInUse) found.push(view);
    empty = isInUse ? 0 : empty + 1;
  }
  return found;
}

const managerField: Field<string> = {
  required: true,
  read(value) {
    const given = text(value);
    if (!("value" in given)) return given;
    return isManager(given.value, Number.POSITIVE_INFINITY) ? given : { wrong: 'must name a group, such as "local/0"' };
  },
};

/**
 * Takes `{"manager": "local/0", "draining": true}`: the group takes no new connections, ends 2 % of those it has each second
 * with `system-shutdown`, and streams that can be resumed go on elsewhere. `false` opens it again.
 */
export async function drain(c: DoorContext): Promise<Response> {
  const { manager, draining = true } = valueOf(decodeObject(await bodyJson(c), { manager: managerField, draining: { read: truth } }));
  const { MANAGERS_PER_REGION, CALL_DEADLINE_MS } = doorSettings(c.env);
  if (manager === undefined || !isManager(manager, MANAGERS_PER_REGION)) throw new Problem("invalid-body", { detail: "No such group" });
  return Response.json(await within(CALL_DEADLINE_MS, managerNamed(c.env, manager).drain({ v: CONTRACT, draining })));
}
