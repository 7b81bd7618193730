import { RtmfpError } from "../errors.ts";
import { type Message, MessageType } from "../rtmp/message.ts";
import {
  decodeSharedObject,
  encodeSharedObject,
  type SharedObjectMessage,
  type SharedObjectType,
} from "../rtmp/shared-object.ts";
import type { NetConnection } from "./net-connection.ts";
import {
  RemoteSharedObject,
  type SharedObjectCarrier,
  type SharedObjectHandler,
} from "./remote-shared-object.ts";

export interface SharedObjectChoice {
  /**
   * Whether the server keeps it when nobody uses it.
   * @default false
   */
  readonly isPersistent?: boolean | undefined;
}

/** The shared objects that a client uses on one connection. */
export class RemoteSharedObjects implements SharedObjectCarrier {
  readonly #net: NetConnection;
  /** BOUNDED: by what the user opens. */
  readonly #objects = new Map<string, RemoteSharedObject>();

  readonly #onForgotten: (now: number) => void;

  /** `onForgotten` is called when an object is used no longer. */
  constructor(net: NetConnection, onForgotten: (now: number) => void = () => undefined) {
    this.#net = net;
    this.#onForgotten = onForgotten;
  }

  get type(): SharedObjectType {
    return this.#net.objectEncoding === 3
      ? MessageType.sharedObjectAmf3
      : MessageType.sharedObjectAmf0;
  }

  /**
   * Throws `CLOSED` if the connection has ended, `BAD_NAME` if it uses one of that name already, RangeError for a
   * name of more than 65535 bytes.
   */
  open(
    name: string,
    handler: SharedObjectHandler,
    { isPersistent = false }: SharedObjectChoice,
    now: number,
  ): RemoteSharedObject {
    if (this.#net.isEnded) throw new RtmfpError("CLOSED", "the connection ended");
    if (this.#objects.has(name)) throw new RtmfpError("BAD_NAME", `${name} is in use already`);
    const object = new RemoteSharedObject(name, isPersistent, this, handler);
    object.use(now);
    this.#objects.set(name, object);
    return object;
  }

  /** Throws MalformedError. */
  receive(message: Message, now: number): void {
    const content = decodeSharedObject(message);
    if (content) this.#objects.get(content.name)?.receive(content, now);
  }

  sendSharedObject(content: SharedObjectMessage, now: number): void {
    this.#net.send(encodeSharedObject(content, this.type), {}, now);
  }

  get size(): number {
    return this.#objects.size;
  }

  forget(object: RemoteSharedObject, now: number): void {
    if (this.#objects.get(object.name) === object) this.#objects.delete(object.name);
    this.#onForgotten(now);
  }

  /** The connection is gone. */
  end(now: number): void {
    const objects = [...this.#objects.values()];
    this.#objects.clear();
    for (const object of objects) object.end(now);
  }
}
