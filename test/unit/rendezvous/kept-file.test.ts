import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { writeWhole } from "../../../rendezvous/kept-file.ts";
import { temporaryFolder } from "../../support/temporary.ts";

test("a file is written whole, and what cannot be written leaves no draft", async (t) => {
  const folder = temporaryFolder(t);
  await writeWhole(join(folder, "file"), "text");
  assert.equal(readFileSync(join(folder, "file"), "utf8"), "text");
  mkdirSync(join(folder, "taken", "by"), { recursive: true });
  await assert.rejects(writeWhole(join(folder, "taken"), "text"), { code: "EISDIR" });
  assert.deepEqual(new Set(readdirSync(folder)), new Set(["file", "taken"]));
});
