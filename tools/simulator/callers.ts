/**
 * Who calls, and what for. Numbers are those kept for fiction.
 *
 * @module
 */

import type { Caller } from "./centre.ts";
import { oneOf, type Random } from "./random.ts";

const NAMES: readonly [string, ...string[]] = [
  "Marta Keller",
  "O'Brien & Sons",
  "Yusuf Demir",
  "Hôtel des Alpes",
  "Nguyễn Văn An",
  "<unknown>",
  "Priya Raman",
  "Bakery Köhler",
  "Sam Whitfield",
  'The "Corner" Shop',
];
const WISHES: readonly [string, ...string[]] = [
  "Invoice",
  "Renewal",
  "Delivery",
  "Fault report",
  "Change of address",
  "Price < 100?",
  "Complaint",
  "Terms & conditions",
];

export function someCaller(random: Random): Caller {
  const digits = (count: number): string => String(Math.floor(random() * 10 ** count)).padStart(count, "0");
  return { name: oneOf(random, NAMES), number: `55501${digits(2)}`, account: `C-${digits(6)}`, wish: oneOf(random, WISHES) };
}
