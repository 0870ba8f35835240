/**
 * Every command and snippet of the documents, carried out in order as a reader would, and compared with what is shown.
 *
 * @module
 */

import { afterAll, beforeAll, describe, test } from "vitest";

import { blocksOf, documentNames, readDocument, type Step, stepsOf } from "./support/blocks.ts";
import { carryOut } from "./support/rules.ts";
import { Workbench } from "./support/workbench.ts";

const documents = documentNames()
  .map((name) => ({ name, steps: stepsIn(name) }))
  .filter(({ steps }) => steps.length > 0);

function stepsIn(name: string): Step[] {
  try {
    return stepsOf(blocksOf(readDocument(name)));
  } catch (fault) {
    throw new Error(`${name}: ${(fault as Error).message}`);
  }
}

describe.each(documents)("$name", ({ steps }) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.make();
  });
  afterAll(() => bench?.clear());

  for (const step of steps) {
    const [first = ""] = step.block.text.split("\n");
    test(`line ${step.block.line}: ${step.block.saveAs || first}`, () => carryOut(bench, step));
  }
});
