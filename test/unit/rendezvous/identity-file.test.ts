import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createIdentity } from "../../../protocol/crypto/identity.ts";
import { storeIdentity } from "../../../protocol/crypto/stored-identity.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { keepServerIdentity } from "../../../rendezvous/identity-file.ts";
import { isCryptoError } from "../../support/errors.ts";

const root = mkdtempSync(join(tmpdir(), "rtmfp-data-"));
after(() => rmSync(root, { recursive: true }));

test("made once, for its owner alone, and the same ever after", async () => {
  const data = join(root, "new", "folder");
  const first = await keepServerIdentity(nodePrimitives, data);
  const second = await keepServerIdentity(nodePrimitives, data);
  assert.deepEqual(second.certificate.bytes, first.certificate.bytes);
  assert.deepEqual(readdirSync(data), ["identity.json"]);
  assert.equal(statSync(join(data, "identity.json")).mode & 0o777, 0o600);
  assert.ok(first.certificate.content.acceptsAncillary);
});

test("a file that is no server's identity is refused, named, and left alone", async () => {
  const path = join(root, "identity.json");
  const peer = createIdentity(nodePrimitives, { kind: "static", groups: [31] });
  for (const text of ["", "nonsense", "{}", JSON.stringify(storeIdentity(peer))]) {
    writeFileSync(path, text);
    await assert.rejects(keepServerIdentity(nodePrimitives, root), (error) => {
      assert.ok(error instanceof Error && error.message.startsWith(path));
      assert.doesNotMatch(error.message, /nonsense/, "it is secret");
      return isCryptoError(error);
    });
    assert.equal(readFileSync(path, "utf8"), text);
  }
});
