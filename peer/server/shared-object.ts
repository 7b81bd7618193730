import { EventEmitter } from "node:events";
import type { AmfValue } from "../../protocol/amf/value.ts";
import type { RemoteSharedObject, SlotChange } from "../../protocol/tc/remote-shared-object.ts";
import type { Turn } from "../turn.ts";

export interface SharedObjectEvents {
  /** Slots have changed, whoever did it. */
  sync: [changes: readonly SlotChange[]];
  /** Somebody, perhaps this peer, sent a message to all who use the object. */
  message: [name: string, args: readonly AmfValue[]];
  /** The server refuses something: a code such as "SharedObject.NoWriteAccess". */
  refused: [code: string];
  /** The connection to the server is gone. */
  closed: [];
}

/**
 * An object on the server that several clients use: what one of them sets, all others see. What this
 * peer sets shows at once; if somebody else was faster, `sync` tells that it was rejected.
 */
export class SharedObject extends EventEmitter<SharedObjectEvents> {
  readonly #object: RemoteSharedObject;
  readonly #turn: Turn;

  /** For `ServerLink`. */
  constructor(object: RemoteSharedObject, turn: Turn) {
    super();
    this.#object = object;
    this.#turn = turn;
  }

  get name(): string {
    return this.#object.name;
  }

  /** The slots; it changes with what arrives. */
  get data(): ReadonlyMap<string, AmfValue> {
    return this.#object.data;
  }

  /**
   * Sets a slot for everybody; null and undefined delete it. Throws TypeError or RangeError for what
   * AMF0 cannot carry, `LIMIT` if the server is too far behind.
   */
  set(name: string, value: AmfValue): void {
    this.#turn((now) => this.#object.set(name, value, now));
  }

  /** Deletes a slot for everybody. Throws `LIMIT` as `set` does. */
  delete(name: string): void {
    this.#turn((now) => this.#object.delete(name, now));
  }

  /** Sends a message to all who use the object, this peer included. Throws as `set` does. */
  send(name: string, ...args: readonly AmfValue[]): void {
    this.#turn((now) => this.#object.send(name, args, now));
  }

  /** Uses it no longer. Idempotent. */
  close(): void {
    this.#turn((now) => this.#object.close(now));
  }
}
