/** An input with its label. @module */

interface FieldProps {
  /** Also its name in the form. */
  readonly id: string;
  readonly label: string;
  readonly type?: "password";
  readonly autocomplete: "username" | "current-password";
  /** Id of what says more, such as why the last try failed. */
  readonly describedBy?: string | undefined;
}

export function Field({ id, label, type, autocomplete, describedBy }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={id}
        {...(type && { type })}
        autocomplete={autocomplete}
        autocapitalize="none"
        spellcheck={false}
        required
        class="input"
        {...(describedBy && { "aria-describedby": describedBy, "aria-invalid": true })}
      />
    </div>
  );
}

/** A small input whose label is for screen readers, its placeholder for the eye. */
export function SearchField({ label, value, onValue }: { readonly label: string; readonly value: string; readonly onValue: (value: string) => void }) {
  return (
    <input type="search" class="input small" aria-label={label} placeholder={label} value={value} onInput={(event) => onValue(event.currentTarget.value)} />
  );
}

interface SelectFieldProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly title: string }[];
  readonly onValue: (value: Value) => void;
}

/** A choice among a few, its label before it. */
export function SelectField<Value extends string>({ label, value, options, onValue }: SelectFieldProps<Value>) {
  return (
    <label class="select">
      <span class="muted">{label}</span>
      <select class="input small" value={value} onChange={(event) => onValue(event.currentTarget.value as Value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.title}
          </option>
        ))}
      </select>
    </label>
  );
}
