import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../support/root.ts";

/** What is no source of the project: see .gitignore. */
const NOT_OURS: ReadonlySet<string> = new Set([".git", "node_modules", "dist", "coverage"]);

/** Paths of every file of the project, relative to the repository, with `/`. */
export function projectFiles(folder = ""): readonly string[] {
  const entries = readdirSync(join(repositoryRoot, folder), { withFileTypes: true });
  return entries
    .filter(({ name }) => !NOT_OURS.has(name) && !name.endsWith(".tgz"))
    .flatMap((entry) => {
      const path = `${folder}${entry.name}`;
      return entry.isDirectory() ? projectFiles(`${path}/`) : [path];
    });
}

/** The text of one of them; of a binary file something that can be searched. */
export function readProjectFile(path: string): string {
  return readFileSync(join(repositoryRoot, path), "latin1");
}
