/**
 * Giving texts away: as a file to save, or to the clipboard.
 *
 * @module
 */

/** Gives a text to the browser as a file. */
export function saveFile(name: string, text: string, type = "text/plain"): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** "deskwire-2026-06-01T08-00-00.txt", by the clock of now. */
export function fileName(ending: string): string {
  return `deskwire-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.${ending}`;
}

/** False: the browser does not let the page. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
