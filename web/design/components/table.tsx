/** A table: heads of columns, and rows that its user makes. @module */

import type { ComponentChildren } from "preact";

export interface Column {
  readonly title: string;
  readonly end?: boolean;
}

export function Table({ caption, columns, children }: { readonly caption: string; readonly columns: readonly Column[]; readonly children: ComponentChildren }) {
  return (
    <table class="table">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, end }) => (
            <th key={title} scope="col" class={end ? "end" : ""}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
