/** Conversations as exchanges, and the values that frames bring. */
import { expect, test } from "vitest";

import { bindValues } from "../../../tools/differential/bind_values.ts";
import { readDifferentialOptions } from "../../../tools/differential/options.ts";
import { readConversations } from "../../../tools/differential/conversations.ts";
import { exchangesOf } from "../../../tools/differential/exchanges.ts";
import { parseConversation } from "../../conversations/format.ts";

test("each thing that is done waits for what follows it", () => {
  const exchanges = exchangesOf(
    parseConversation(`# talk
desk sends: <a/>
desk receives: <b/>
other receives: {any}
desk sends: <c/>
desk receives nothing
desk's socket breaks
# end
desk sends: <d/>
desk's socket closes with 1000`),
  );
  expect(exchanges.map(({ name }) => name)).toEqual(["talk", "talk (2)", "talk (3)", "end"]);
  expect(exchanges.map(({ awaits }) => awaits && Object.fromEntries(awaits))).toEqual([{ desk: ["<b/>"], other: ["{any}"] }, { desk: [] }, null, {}]);
  expect(exchanges.map(({ closes }) => closes)).toEqual([[], [], [], ["desk"]]);
});

test("what a short line stands for is no exchange of its own name", () => {
  const exchanges = exchangesOf(parseConversation("# in\ndesk authenticates as 7001\ndesk sends: <a/>"));
  expect(exchanges.map(({ isSetUp }) => isSetUp)).toEqual([true, true, true, false]);
  expect(exchanges.at(-1)?.name).toBe("in");
});

test("values are found in frames that are not as expected", () => {
  const bound = new Map([["known", "kept"]]);
  const frames = ['<iq xmlns="c" id="other"><y xmlns="y"/><x xmlns="x" k="new"><v>7</v><v> 8 </v></x></iq>'];
  bindValues(['<iq xmlns="c" id="1"><x xmlns="x" k="{known}" n="{absent}"><v>{first}</v><v>{second}</v></x></iq>', "{any}"], { frames, bound });
  expect(Object.fromEntries(bound)).toEqual({ known: "kept", first: "7", second: "8" });
});

test("every conversation is read, and its exchanges have names of their own", () => {
  const conversations = readConversations();
  expect(conversations.filter(({ name }) => name.startsWith("differential/")).length).toBeGreaterThan(60);
  for (const { name, conversation } of conversations) {
    const names = exchangesOf(conversation).flatMap((exchange) => (exchange.isSetUp ? [] : [exchange.name]));
    expect(new Set(names).size, name).toBe(names.length);
    expect(
      names.some((each) => each.includes(" | ")),
      name,
    ).toBe(false);
  }
});

test("options: a server that nobody knows is refused by its name", () => {
  expect(() => readDifferentialOptions(["--servers", "prosody,openfire"])).toThrow("openfire");
  expect(readDifferentialOptions(["--servers", "ejabberd,deskwire", "--only", "a", "--only", "b"])).toMatchObject({
    servers: ["deskwire", "ejabberd"],
    only: ["a", "b"],
  });
});
