import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileError, readBytes, readSecretJson } from "../../../bin/files.ts";

const folder = mkdtempSync(join(tmpdir(), "rtmfp-files-"));
after(() => rmSync(folder, { recursive: true }));

test("a path that is wrong is wrong usage, a system that refuses is a failure; both are named", () => {
  const file = join(folder, "file");
  writeFileSync(file, "text");
  assert.equal(readBytes(file).toString(), "text");
  for (const [path, code] of [
    [join(folder, "none"), "ENOENT"],
    [folder, "EISDIR"],
    [join(file, "below"), "ENOTDIR"],
  ] as const) {
    const message = new RegExp(`^--x PATH: ${code}: `);
    assert.throws(() => readBytes(path, "--x PATH"), { name: "UsageError", message });
  }
  const full = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
  const { name, message } = fileError(full, "--x PATH");
  assert.deepEqual([name, message], ["Error", "--x PATH: ENOSPC: no space left"]);
});

test("bad JSON is not quoted", () => {
  const file = join(folder, "passwords");
  for (const text of ["root:x:0:0", '{"ada": "lovelace",}', '{"ada": "lovelace', ""]) {
    writeFileSync(file, text);
    const message = /^--publishers: not JSON(?: at position \d+)?$/;
    assert.throws(() => readSecretJson(file, "--publishers"), { name: "UsageError", message });
  }
  writeFileSync(file, '{"ada": "lovelace"}');
  assert.deepEqual(readSecretJson(file, "--publishers"), { ada: "lovelace" });
});
