/**
 * Plain requests of the page: BOSH by hand, and discovery.
 *
 * @module
 */

/** Posts a `<body/>`; answers the text, or the status where it is none of 200. */
export async function post(url: string, body: string): Promise<string> {
  const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "text/xml; charset=utf-8" }, body });
  return answer.ok ? await answer.text() : `status ${answer.status}`;
}

export async function get(url: string): Promise<string> {
  const answer = await fetch(url);
  return answer.ok ? await answer.text() : `status ${answer.status}`;
}
