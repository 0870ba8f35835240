/**
 * Items of a created node as rows: payloads are read when somebody wants them.
 *
 * @module
 */

import { LabelledShelf } from "../../xmpp/mod.ts";
import type { NodeStore } from "./store.ts";

export class KeptShelf extends LabelledShelf {
  constructor(store: NodeStore, node: string) {
    super(
      {
        get: (id) => store.payloadOf(node, id),
        put: (item) => store.putKept(node, item),
        remove: (id) => store.removeKept(node, id),
        clear: () => store.clearKept(node),
      },
      () => store.labelsOf(node),
    );
  }
}
