import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How many of these are still reachable: what nobody refers to is gone. */
export async function survivors(references: readonly WeakRef<object>[]): Promise<number> {
  const collect = garbageCollector();
  // What the running job has looked at stays until its end.
  await setImmediate();
  collect();
  return references.filter((reference) => reference.deref() !== undefined).length;
}

/** Collects all garbage, at once. */
export function garbageCollector(): () => void {
  return collectors().all;
}

/** Of the objects that are new, or of all. */
export function collectors(): { young: () => void; all: () => void } {
  setFlagsFromString("--expose-gc");
  const collect: NodeJS.GCFunction = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  return { young: () => collect({ type: "minor" }), all: () => collect() };
}
