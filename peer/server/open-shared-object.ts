import { RtmfpError } from "../../protocol/errors.ts";
import type { SharedObjectHandler } from "../../protocol/tc/remote-shared-object.ts";
import type { RemoteSharedObjects } from "../../protocol/tc/remote-shared-objects.ts";
import type { WaitOptions } from "../options.ts";
import type { Turn } from "../turn.ts";
import { wait } from "../wait.ts";
import { SharedObject } from "./shared-object.ts";

export interface SharedObjectUseOptions extends WaitOptions {
  /**
   * Whether the server keeps the object when nobody uses it.
   * @default false
   */
  readonly persistent?: boolean | undefined;
}

/** See `ServerLink.sharedObject`. */
export function openSharedObject(
  objects: RemoteSharedObjects,
  turn: Turn,
  name: string,
  options: SharedObjectUseOptions,
): Promise<SharedObject> {
  return wait(options, (resolve, reject) => {
    let isOpen = false;
    const handler: SharedObjectHandler = {
      onSync: (changes) => {
        if (isOpen) object.emit("sync", changes);
        isOpen = true;
        resolve(object);
      },
      onSend: (message, args) => void object.emit("message", message, args),
      onStatus: ({ code }, now) => {
        if (isOpen) {
          object.emit("refused", code);
          return;
        }
        remote.close(now);
        reject(new RtmfpError("REJECTED", code));
      },
      onEnd: () => {
        reject(new RtmfpError("CLOSED", "the connection ended"));
        object.emit("closed");
      },
    };
    const choice = { isPersistent: options.persistent };
    const remote = turn((now) => objects.open(name, handler, choice, now));
    const object = new SharedObject(remote, turn);
    return () => turn((now) => remote.close(now));
  });
}
