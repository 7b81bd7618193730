import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The text of a file in the folder `data`; what `make` answers is written there the first time, for the
 * owner's eyes only. Rejects with the error of the file system.
 */
export async function keptFile(data: string, name: string, make: () => string): Promise<string> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const path = join(data, name);
  const known = await readIfThere(path);
  if (known !== undefined) return known;
  const text = make();
  await writeWhole(path, text);
  return text;
}

/** Undefined: there is no such file. Rejects with any other error of the file system. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Writes a file for the owner's eyes only: all of the old one or all of the new one is there, at any
 * time. A crash may leave a draft beside it, whose name has a dot and 16 hexadecimal digits more.
 * Rejects with the error of the file system.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await writeFile(draft, content, { mode: 0o600, flag: "wx", flush: true });
    await rename(draft, path);
  } catch (error) {
    // On a full disk, what is tried again and again would leave more and more of them.
    await rm(draft, { force: true });
    throw error;
  }
}
