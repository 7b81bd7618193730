import { readdirSync, readFileSync } from "node:fs";
import { fromHex } from "../../protocol/bytes/hex.ts";

/** Something that a far end could send, and why it is worth trying again. */
export interface CorpusEntry {
  readonly name: string;
  readonly why: string;
  readonly bytes: Uint8Array;
}

const folder = new URL("../../../test/fuzz/corpus/", import.meta.url);

/** All of test/fuzz/corpus: its README.md says what the files look like. */
export const corpus: readonly CorpusEntry[] = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .sort((one, other) => one.localeCompare(other))
  .flatMap((name) => {
    const entries = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as FileEntry[];
    return entries.map(({ why, hex }) => ({
      name,
      why,
      bytes: fromHex(hex.replaceAll(" ", "")),
    }));
  });

interface FileEntry {
  readonly why: string;
  readonly hex: string;
}
