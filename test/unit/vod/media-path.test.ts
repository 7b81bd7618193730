import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { mediaParts, openMedia } from "../../../rendezvous/vod/media-path.ts";
import { temporaryFolder } from "../../support/temporary.ts";

test("an application is a folder; names may have an ending, a format before them, and a query behind", () => {
  const parts = ["vod", "a", "clip.flv"];
  for (const name of ["a/clip.flv", "flv:a/clip.flv", "FLV:a/clip.flv", "a/clip.flv?token=../.."]) {
    assert.deepEqual(mediaParts("vod", name), parts, name);
  }
  assert.deepEqual(mediaParts("vod/_definst_", "clip"), ["vod", "clip"]);
  assert.deepEqual(mediaParts("vod?x=1", "clip"), ["vod", "clip"]);
});

test("without an ending FLV goes before MP4, unless the name says otherwise", async (t) => {
  const root = temporaryFolder(t);
  for (const name of ["both.flv", "both.mp4", "film.mp4", "camera.MOV", "old.flv", "odd.f4v"]) {
    writeFileSync(join(root, name), "");
  }
  const opens = async (name: string): Promise<string | undefined> => {
    const media = await openMedia(root, "", name);
    await media?.file.close();
    return media && `${media.format} ${media.path.split("/").at(-1)}`;
  };
  const wanted: Readonly<Record<string, string | undefined>> = {
    both: "flv both.flv",
    "flv:both": "flv both.flv",
    "mp4:both": "mp4 both.mp4",
    "both.mp4": "mp4 both.mp4",
    film: "mp4 film.mp4",
    "MP4:film": "mp4 film.mp4",
    "mp4:film.mp4?x=1": "mp4 film.mp4",
    "f4v:odd": "mp4 odd.f4v",
    "camera.MOV": "mp4 camera.MOV",
    // It may have been changed into FLV since players learned its name.
    "mp4:old": "flv old.flv",
    "mp4:../both": undefined,
    "film.avi": undefined,
  };
  for (const [name, path] of Object.entries(wanted)) assert.equal(await opens(name), path, name);
});

test("no name leads out of the folder", () => {
  const bad = [
    ...[
      "",
      ".",
      "..",
      "../clip",
      "a/../../clip",
      "/etc/passwd",
      "a//b",
      "flv:../clip",
      "flv:flv:x",
    ],
    ...["a\0.flv", "a\\..\\b", "C:/x", ".hidden", "a/.git/x", "flv:/etc/x", "a\n", "x".repeat(300)],
    "a/".repeat(40),
  ];
  for (const name of bad) assert.equal(mediaParts("vod", name), undefined, JSON.stringify(name));
  for (const app of ["..", "a/../..", "a/.", "\0"]) {
    assert.equal(mediaParts(app, "clip"), undefined, JSON.stringify(app));
  }
  // Not decoded: these are ordinary, if odd, names.
  assert.deepEqual(mediaParts("vod", "%2e%2e"), ["vod", "%2e%2e"]);
});

test("whatever the name, its parts are plain", () => {
  const letters = fc.constantFrom("..", ".", "/", "\\", "a", "flv:", "\0", "%2e", "?", ":", "~");
  fc.assert(
    fc.property(fc.array(letters), fc.array(letters), (app, name) => {
      const parts = mediaParts(app.join(""), name.join("")) ?? [];
      for (const part of parts) assert.match(part, /^[^./\\:\0][^/\\:\0]*$/);
    }),
  );
});

test("only files under the folder are opened", async (t) => {
  const folder = temporaryFolder(t);
  const root = join(folder, "media");
  mkdirSync(join(root, "vod/inner.flv"), { recursive: true });
  writeFileSync(join(folder, "secret.flv"), "secret");
  writeFileSync(join(root, "vod/clip.flv"), "clip");
  writeFileSync(join(root, "top.flv"), "top");
  symlinkSync(join(folder, "secret.flv"), join(root, "vod/out.flv"));
  symlinkSync(folder, join(root, "vod/up"));
  symlinkSync(join(root, "vod/clip.flv"), join(root, "vod/alias.flv"));
  symlinkSync("loop.flv", join(root, "vod/loop.flv"));
  execFileSync("mkfifo", [join(root, "vod/pipe.flv")]);
  const opens = async (app: string, name: string): Promise<boolean> => {
    const media = await openMedia(root, app, name);
    await media?.file.close();
    return media !== undefined;
  };
  assert.ok(await opens("vod", "clip"));
  assert.ok(await opens("vod", "flv:clip.flv"));
  assert.ok(await opens("vod", "alias"));
  assert.ok(await opens("", "top"));
  for (const name of ["out", "up/secret", "inner", "pipe", "loop", "missing", "clip.flv/x"]) {
    assert.equal(await opens("vod", name), false, name);
  }
  assert.equal(await opens("vod", "../top"), false);
});
