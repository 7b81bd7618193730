import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type { Io } from "../../../protocol/io.ts";
import { nodeIo } from "../../../protocol/node/io.ts";
import type { SharedObjectMessage } from "../../../protocol/rtmp/shared-object.ts";
import { decodeKept, encodeKept } from "../../../rendezvous/shared-objects/kept-format.ts";
import { SharedObjectStore } from "../../../rendezvous/shared-objects/shared-object-store.ts";
import { orMalformed } from "../../support/errors.ts";
import { silent } from "../../support/rendezvous-lab.ts";

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rtmfp-store-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function contentOf(name: string, value = 1): SharedObjectMessage {
  const events = [{ type: "change", name: "x", value: Uint8Array.of(1, value) }] as const;
  return { name, version: 7, isPersistent: true, events };
}

function key(app: string, name: string): { app: string; name: string; isPersistent: true } {
  return { app, name, isPersistent: true };
}

async function storeIn(folder: string, errors: unknown[] = []): Promise<SharedObjectStore> {
  const logger = { ...silent, error: (what: unknown) => void errors.push(what) };
  return SharedObjectStore.open(join(folder, "objects"), nodeIo, logger);
}

test("what has changed is written as it is by then, and comes back", async (t) => {
  const folder = folderOf(t);
  const store = await storeIn(folder);
  let value = 1;
  store.changed(key("app", "one"), () => contentOf("one", value));
  store.changed(key("app", "two"), () => contentOf("two"));
  value = 2;
  await store.flush();
  store.changed(key("app", "two"), () => undefined);
  await store.flush();
  const kept = await (await storeIn(folder)).load(10, 10_000);
  assert.deepEqual(kept, [{ app: "app", content: contentOf("one", 2) }]);
});

test("it is written by itself, a second later", async (t) => {
  const folder = folderOf(t);
  let ring: (() => void) | undefined;
  const times: number[] = [];
  const io: Io = {
    ...nodeIo,
    now: () => 500,
    alarm: (act) => {
      ring = act;
      return { set: (at) => void times.push(at) };
    },
  };
  const store = await SharedObjectStore.open(folder, io, silent);
  store.changed(key("app", "one"), () => contentOf("one"));
  store.changed(key("app", "two"), () => contentOf("two"));
  assert.deepEqual(times, [1_500]);
  ring?.();
  assert.equal(times.at(-1), Number.POSITIVE_INFINITY);
  await store.flush();
  assert.equal(readdirSync(folder).length, 2);
});

test("no name leads out of the folder", async (t) => {
  const folder = folderOf(t);
  const store = await storeIn(folder);
  const names = [
    "../../etc/passwd",
    "/etc/passwd",
    "a/b",
    "..",
    "nul\0",
    "x".repeat(256),
    "A",
    "a",
  ];
  for (const name of names) store.changed(key("../app", name), () => contentOf(name));
  await store.flush();
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  assert.equal(files.length, 1 + names.length);
  for (const file of files) assert.match(file, /^objects(\/[0-9a-f]{64}\.so)?$/);
  assert.equal((await store.load(100, 100_000)).length, names.length);
});

test("drafts of a crash go; what is no object stays, and is told", async (t) => {
  const folder = folderOf(t);
  const store = await storeIn(folder);
  store.changed(key("app", "one"), () => contentOf("one"));
  await store.flush();
  const [file = ""] = readdirSync(join(folder, "objects"));
  const whole = readFileSync(join(folder, "objects", file));
  const torn = `${"0".repeat(64)}.so`;
  writeFileSync(join(folder, "objects", `${file}.0123456789abcdef`), "half");
  writeFileSync(join(folder, "objects", torn), whole.subarray(0, whole.length - 1));
  writeFileSync(join(folder, "objects", "README"), "mine");
  const errors: unknown[] = [];
  const kept = await (await storeIn(folder, errors)).load(10, 10_000);
  assert.equal(kept.length, 1);
  assert.equal(errors.length, 1);
  assert.deepEqual(new Set(readdirSync(join(folder, "objects"))), new Set([file, torn, "README"]));
});

test("no more is loaded than there is room for", async (t) => {
  const folder = folderOf(t);
  const errors: unknown[] = [];
  const store = await storeIn(folder, errors);
  for (const name of ["a", "b", "c"]) store.changed(key("app", name), () => contentOf(name));
  await store.flush();
  assert.equal((await store.load(2, 10_000)).length, 2);
  assert.equal((await store.load(10, 60)).length, 1);
  assert.equal(errors.length, 2);
});

test("a folder that cannot be written to is told, and nothing else", async (t) => {
  const folder = folderOf(t);
  const errors: unknown[] = [];
  const store = await storeIn(folder, errors);
  rmSync(join(folder, "objects"), { recursive: true });
  store.changed(key("app", "one"), () => contentOf("one"));
  await store.flush();
  assert.equal(errors.length, 1);
});

test("a file is an object or malformed, wherever it is cut", () => {
  const bytes = encodeKept({ app: "app", content: contentOf("one") });
  assert.deepEqual(decodeKept(bytes), { app: "app", content: contentOf("one") });
  for (let length = 0; length < bytes.length; length += 1) {
    orMalformed(() => decodeKept(bytes.subarray(0, length)));
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (any) => {
      orMalformed(() => decodeKept(Uint8Array.of(...bytes.subarray(0, 13), ...any)));
    }),
  );
});
