/** What stands where nothing is yet, and when something will. @module */

export function Empty({ title, text }: { readonly title: string; readonly text?: string }) {
  return (
    <p class="empty">
      <strong>{title}</strong>
      {text && <span>{text}</span>}
    </p>
  );
}
