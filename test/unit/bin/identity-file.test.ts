import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { keepIdentity } from "../../../bin/identity-file.ts";

const folder = mkdtempSync(join(tmpdir(), "rtmfp-identity-"));
after(() => rmSync(folder, { recursive: true }));

test("an identity is made once, for the owner's eyes only, and then kept", async () => {
  const file = join(folder, "new.json");
  const made = await keepIdentity(file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), made);
  assert.deepEqual(await keepIdentity(file), made);
  assert.deepEqual(readdirSync(folder), ["new.json"], "no draft is left");
});

test("a file that holds none is a usage error that names it, and shows nothing of it", async () => {
  const file = join(folder, "bad.json");
  const good = await keepIdentity(join(folder, "good.json"));
  const other = await keepIdentity(join(folder, "other.json"));
  const mixed = { ...good, privateKeys: other.privateKeys };
  const contents = ["", "secret", "{}", "null", "[]", '{"version":2}', JSON.stringify(mixed)];
  for (const content of contents) {
    writeFileSync(file, content);
    await assert.rejects(
      keepIdentity(file),
      ({ name, message }: Error) =>
        name === "UsageError" &&
        message.startsWith(`--identity ${file}: not `) &&
        !message.includes("secret") &&
        !message.includes("\n"),
      content,
    );
    assert.equal(readFileSync(file, "utf8"), content, "it is left as it is");
  }
});

test("a file that can be neither read nor made", async () => {
  await assert.rejects(keepIdentity(folder), { name: "UsageError", message: /EISDIR/ });
  const nowhere = join(folder, "none", "id.json");
  await assert.rejects(keepIdentity(nowhere), {
    name: "UsageError",
    message: /none.id.json: ENOENT/,
  });
});
