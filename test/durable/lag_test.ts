/** How long something waits for its turn, as an object finds it out. */
import { expect, test } from "vitest";
import { Lag } from "../../durable/connection_manager/lag.ts";

test("a lag is what the last measurement found, or what the one under way has come to; one at a time", async () => {
  let turns = 0;
  let goOn = (): void => {};
  const lag = new Lag(() => {
    turns++;
    return new Promise<void>((resolve) => {
      goOn = resolve;
    });
  });
  const began = Date.now();
  expect(lag.measure(began)).toBe(0);
  expect(lag.measure(began + 700)).toBe(700);
  expect(turns).toBe(1);
  await scheduler.wait(60);
  goOn();
  await scheduler.wait(0);
  expect(lag.measure(Date.now())).toBeGreaterThanOrEqual(50);
  expect(turns).toBe(2);
  goOn();
  await scheduler.wait(0);
  expect(lag.measure(Date.now())).toBeLessThan(50);
});
