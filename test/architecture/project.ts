import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/root.ts";

/** Paths of every file that git tracks or would, relative to the repository, with `/`. */
export function projectFiles(): readonly string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listing = execFileSync("git", args, { cwd: repositoryRoot, encoding: "utf8" });
  // What is deleted but not yet committed is still listed.
  return listing
    .split("\0")
    .filter((path) => path !== "" && existsSync(join(repositoryRoot, path)));
}

/** The text of one of them; of a binary file something that can be searched. */
export function readProjectFile(path: string): string {
  return readFileSync(join(repositoryRoot, path), "latin1");
}
