import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RtmfpError } from "../../../protocol/errors.ts";
import { keepCertificate } from "../../../rendezvous/certificate-file.ts";

function folder(t: TestContext): string {
  const data = mkdtempSync(join(tmpdir(), "rtmfp-tls-"));
  t.after(() => rmSync(data, { recursive: true }));
  return data;
}

test("made once, then kept, for the owner alone", async (t) => {
  const data = join(folder(t), "new");
  const first = await keepCertificate(data);
  assert.deepEqual(await keepCertificate(data), first);
  assert.equal(new X509Certificate(first.cert).subject, "CN=rtmfp rendezvous");
  assert.equal(statSync(join(data, "tls.pem")).mode & 0o777, 0o600);
  assert.equal(readFileSync(join(data, "tls.pem"), "utf8"), first.cert);
});

test("without a folder it is another one each time", async () => {
  assert.notEqual((await keepCertificate(undefined)).cert, (await keepCertificate(undefined)).cert);
});

test("a file that is no certificate is refused, naming it", async (t) => {
  const data = folder(t);
  writeFileSync(join(data, "tls.pem"), "nothing\n");
  await assert.rejects(
    keepCertificate(data),
    (error) =>
      error instanceof RtmfpError && error.code === "CRYPTO" && error.message.includes("tls.pem"),
  );
});
