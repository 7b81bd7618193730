import { join } from "node:path";
import { nodeIo } from "../../protocol/node/io.ts";
import type { RendezvousLogger } from "../logger.ts";
import type { RendezvousOptions } from "../options.ts";
import { fullSharedObjectLimits } from "./shared-object-limits.ts";
import { SharedObjectStore } from "./shared-object-store.ts";
import { SharedObjects } from "./shared-objects.ts";

/** The shared objects of a server, and where it keeps them. */
export interface OpenSharedObjects {
  /** Undefined: it has none. */
  readonly objects: SharedObjects | undefined;
  /** Writes what has changed. */
  flush(): Promise<void>;
}

/** Those in the folder `data`, if there is one. Rejects with the error of the file system. */
export async function openSharedObjects(
  { sharedObjects, data, io = nodeIo }: RendezvousOptions,
  logger: RendezvousLogger,
): Promise<OpenSharedObjects> {
  if (sharedObjects === false) return { objects: undefined, flush: async () => undefined };
  const limits = fullSharedObjectLimits(sharedObjects);
  if (data === undefined || !limits.persistent) {
    return { objects: new SharedObjects(limits), flush: async () => undefined };
  }
  const store = await SharedObjectStore.open(join(data, FOLDER), io, logger);
  const kept = await store.load(limits.maxObjects, limits.maxBytes);
  return { objects: new SharedObjects(limits, store, kept), flush: () => store.flush() };
}

const FOLDER = "shared-objects";
