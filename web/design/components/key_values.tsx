/** Names and what they are, in two columns. @module */

export interface KeyValue {
  readonly name: string;
  readonly value: string;
  /** A word on where the value is from. */
  readonly note?: string | undefined;
}

export function KeyValues({ of }: { readonly of: readonly KeyValue[] }) {
  return (
    <dl class="key-values">
      {of.map(({ name, value, note }) => (
        <>
          <dt>{name}</dt>
          <dd class={value ? "mono" : ""}>
            {value && <span>{value}</span>}
            {note && <span class="note">{note}</span>}
          </dd>
        </>
      ))}
    </dl>
  );
}
