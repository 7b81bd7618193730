import type { Message } from "../../protocol/rtmp/message.ts";
import {
  decodeSharedObject,
  isSharedObject,
  type SharedObjectMessage,
  type SharedObjectType,
} from "../../protocol/rtmp/shared-object.ts";
import type { SharedObject } from "./shared-object.ts";
import type { SharedObjects } from "./shared-objects.ts";
import { type SharedObjectUser, tell } from "./user.ts";

/** How one connection uses the shared objects of its application. */
export class SharedObjectAccess implements SharedObjectUser {
  readonly id: number;
  readonly #objects: SharedObjects;
  readonly #app: string;
  readonly #send: (message: Message, now: number) => void;
  /** BOUNDED: maxObjectsPerClient. */
  readonly #used = new Map<string, SharedObject>();
  #type: SharedObjectType;

  /** `type`: of the client's first message; `send` must not throw. */
  constructor(
    objects: SharedObjects,
    app: string,
    type: SharedObjectType,
    send: (message: Message, now: number) => void,
  ) {
    this.id = objects.nextUserId();
    this.#objects = objects;
    this.#app = app;
    this.#type = type;
    this.#send = send;
  }

  get type(): SharedObjectType {
    return this.#type;
  }

  deliver(message: Message, now: number): void {
    this.#send(message, now);
  }

  /** Other messages are ignored. Throws MalformedError. */
  receive(message: Message, now: number): void {
    const content = decodeSharedObject(message);
    if (!content || !isSharedObject(message.type)) return;
    this.#type = message.type;
    if (has(content, "use")) this.#use(content, now);
    this.#used.get(content.name)?.receive(this, content, now);
    if (has(content, "release")) this.#release(content.name);
  }

  /** The connection is gone. */
  end(): void {
    for (const name of [...this.#used.keys()]) this.#release(name);
  }

  #use(content: SharedObjectMessage, now: number): void {
    const { name, isPersistent } = content;
    const { maxObjectsPerClient } = this.#objects.limits;
    const isTooMany = !this.#used.has(name) && this.#used.size >= maxObjectsPerClient;
    const answer = isTooMany
      ? "SharedObject.ObjectCreationFailed"
      : this.#objects.open({ app: this.#app, name, isPersistent });
    if (typeof answer === "string") {
      const refusal = { type: "status", code: answer, level: "error" } as const;
      tell([this], { ...content, events: [refusal] }, now);
      return;
    }
    this.#used.set(name, answer);
    answer.use(this, now);
  }

  #release(name: string): void {
    const object = this.#used.get(name);
    if (!object) return;
    this.#used.delete(name);
    object.release(this);
    this.#objects.released(object);
  }
}

function has({ events }: SharedObjectMessage, type: "use" | "release"): boolean {
  return events.some((event) => event.type === type);
}
