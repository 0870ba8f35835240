/**
 * A certificate that nobody signed, as appliances come with.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Key and certificate of `cc1.acme.test`, by openssl. */
export async function selfSigned(): Promise<{ readonly key: Buffer; readonly cert: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), "deskwire-certificate-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=cc1.acme.test"];
  try {
    await promisify(execFile)("openssl", [...request, "-keyout", key, "-out", certificate]);
    return { key: await readFile(key), cert: await readFile(certificate) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
