/** What is published holds what its documents and its help name. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { before, test } from "node:test";
import { repositoryRoot } from "../support/root.ts";
import { run } from "../support/run.ts";

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");
const documents = [
  "README.md",
  ...readdirSync(join(repositoryRoot, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  "examples/lab/README.md",
];

let packed: ReadonlySet<string>;

before(async () => {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = await run("npm", args, { cwd: repositoryRoot });
  const [first] = JSON.parse(stdout) as Packed[];
  packed = new Set(first?.files.map(({ path }) => path));
});

/** A file, or a folder of some. */
function isPacked(path: string): boolean {
  return packed.has(path) || [...packed].some((file) => file.startsWith(`${path}/`));
}

test("links and pictures lead to what is in the package", () => {
  for (const document of documents) {
    for (const [, target = ""] of read(document).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      const path = posix.join(posix.dirname(document), target);
      assert.ok(target.includes("://") || isPacked(path), `${document}: ${target}`);
    }
  }
});

test("files that documents and --help name are in the package", () => {
  const sources = readdirSync(join(repositoryRoot, "bin"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => posix.join("bin", name));
  let count = 0;
  for (const document of [...documents, ...sources]) {
    for (const [path] of read(document).matchAll(
      /(?<![\w./])(?:dist\/)?(?:docs|examples)\/[\w/.-]*\w/g,
    )) {
      assert.ok(isPacked(path), `${document}: ${path}`);
      count += 1;
    }
  }
  assert.ok(count > 10, `${count} files`);
});

test("what the package's entries name is in it, and no test or source is", () => {
  const { exports, bin } = JSON.parse(read("package.json")) as {
    exports: Record<string, string>;
    bin: Record<string, string>;
  };
  for (const path of [...Object.values(exports), ...Object.values(bin)]) {
    assert.ok(packed.has(posix.normalize(path)), path);
  }
  for (const path of packed) {
    assert.doesNotMatch(path, /\.test\.|(?<!\.d)\.ts$|tsbuildinfo|\.log$/);
  }
});
