/**
 * Data forms: fields with names, types and values, sent both ways (XEP-0004, XEP-0068 for FORM_TYPE).
 *
 * @module
 */

import { child, childrenOf, type Element, textOf } from "../xml/element.ts";
import { escapeAttr, escapeText } from "../xml/serialize.ts";

export const DATA_FORMS_NS = "jabber:x:data";

/** What a field holds (XEP-0004 §3.3). */
export type FieldType =
  | "boolean"
  | "fixed"
  | "hidden"
  | "jid-multi"
  | "jid-single"
  | "list-multi"
  | "list-single"
  | "text-multi"
  | "text-private"
  | "text-single";

export interface FormField {
  readonly name: string;
  readonly type?: FieldType;
  readonly label?: string;
  readonly values: readonly string[];
  readonly options?: readonly string[];
}

export interface DataForm {
  readonly type: "cancel" | "form" | "result" | "submit";
  /** Namespace of the fields (XEP-0068); null: not said. */
  readonly formType: string | null;
  /** Without FORM_TYPE. */
  readonly fields: readonly FormField[];
}

const TYPES: ReadonlySet<string> = new Set(["cancel", "form", "result", "submit"] satisfies DataForm["type"][]);
const FORM_TYPE = "FORM_TYPE";

/** Finds the form inside an element. */
export function formIn(element: Element): Element | undefined {
  return child(element, "x", DATA_FORMS_NS);
}

/** Reads a form; undefined: it is none. */
export function readForm({ name, ns, attrs, children }: Element): DataForm | undefined {
  const type = attrs["type"] ?? "";
  if (name !== "x" || ns !== DATA_FORMS_NS || !TYPES.has(type)) return undefined;
  const all = children.filter((each) => typeof each !== "string" && each.name === "field" && each.ns === ns).map((each) => readField(each as Element));
  const formType = all.find((field) => field.name === FORM_TYPE)?.values[0] ?? null;
  return { type: type as DataForm["type"], formType, fields: all.filter((field) => field.name !== FORM_TYPE) };
}

function readField(field: Element): FormField {
  const { var: name = "", type, label } = field.attrs;
  const inside = childrenOf(field).filter(({ ns }) => ns === field.ns);
  const values = inside.filter((each) => each.name === "value").map(textOf);
  const options = inside.filter((each) => each.name === "option").map((option) => textOf(child(option, "value") ?? option));
  return {
    name,
    values,
    ...(type === undefined ? {} : { type: type as FieldType }),
    ...(label === undefined ? {} : { label }),
    ...(options.length === 0 ? {} : { options }),
  };
}

/** Writes a form: FORM_TYPE first, hidden where it can be filled in (XEP-0068 §3). */
export function renderForm({ type, formType, fields }: DataForm): string {
  const first: FormField[] = formType === null ? [] : [{ name: FORM_TYPE, ...(type === "submit" ? {} : { type: "hidden" as const }), values: [formType] }];
  const inside = [...first, ...fields].map(renderField).join("");
  return inside === "" ? `<x xmlns="${DATA_FORMS_NS}" type="${type}"/>` : `<x xmlns="${DATA_FORMS_NS}" type="${type}">${inside}</x>`;
}

function renderField({ name, type, label, values, options = [] }: FormField): string {
  const attrs = `${optional("var", name === "" ? undefined : name)}${optional("type", type)}${optional("label", label)}`;
  const inside = values.map(renderValue).join("") + options.map((option) => `<option>${renderValue(option)}</option>`).join("");
  return inside === "" ? `<field${attrs}/>` : `<field${attrs}>${inside}</field>`;
}

function renderValue(value: string): string {
  return value === "" ? "<value/>" : `<value>${escapeText(value)}</value>`;
}

function optional(name: string, value: string | undefined): string {
  return value === undefined ? "" : ` ${name}="${escapeAttr(value)}"`;
}
