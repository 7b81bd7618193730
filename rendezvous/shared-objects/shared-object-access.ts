import type { Message } from "../../protocol/rtmp/message.ts";
import {
  decodeSharedObject,
  isSharedObject,
  type SharedObjectEvent,
  type SharedObjectMessage,
  type SharedObjectType,
} from "../../protocol/rtmp/shared-object.ts";
import { Pace } from "./pace.ts";
import type { SharedObject } from "./shared-object.ts";
import type { SharedObjects } from "./shared-objects.ts";
import { type SharedObjectUser, tell } from "./user.ts";

/** How one connection uses the shared objects of its application. */
export class SharedObjectAccess implements SharedObjectUser {
  readonly id: number;
  readonly #objects: SharedObjects;
  readonly #app: string;
  readonly #source: string;
  readonly #send: (message: Message, now: number) => void;
  /** BOUNDED: maxObjectsPerClient. */
  readonly #used = new Map<string, SharedObject>();
  readonly #pace = new Pace();
  #type: SharedObjectType;

  /**
   * `source`: what stands for the client's address; `type`: of the client's first message; `send` must
   * not throw.
   */
  constructor(
    objects: SharedObjects,
    { app, source }: { readonly app: string; readonly source: string },
    type: SharedObjectType,
    send: (message: Message, now: number) => void,
  ) {
    this.id = objects.nextUserId();
    this.#objects = objects;
    this.#app = app;
    this.#source = source;
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
    const object = this.#used.get(content.name);
    if (object && has(content, ...ACTIONS)) this.#act(object, content, message, now);
    if (has(content, "release")) this.#release(content.name);
  }

  /** The connection is gone. */
  end(): void {
    for (const name of [...this.#used.keys()]) this.#release(name);
  }

  /** What others are told is as long as what came, or shorter. */
  #act(object: SharedObject, content: SharedObjectMessage, message: Message, now: number): void {
    const bytes = message.payload.length * Math.max(1, object.userCount - 1);
    if (!this.#pace.take(bytes, now)) this.#refuse(content, "SharedObject.NoWriteAccess", now);
    else this.#pace.charge(object.receive(this, content, now), now);
  }

  #refuse(content: SharedObjectMessage, code: string, now: number): void {
    tell([this], { ...content, events: [{ type: "status", code, level: "error" }] }, now);
  }

  #use(content: SharedObjectMessage, now: number): void {
    const { name, isPersistent } = content;
    const { maxObjectsPerClient } = this.#objects.limits;
    const isTooMany = !this.#used.has(name) && this.#used.size >= maxObjectsPerClient;
    const answer = isTooMany
      ? "SharedObject.ObjectCreationFailed"
      : this.#objects.open({ app: this.#app, name, isPersistent }, this.#source);
    if (typeof answer === "string") this.#refuse(content, answer, now);
    else if (!this.#pace.take(this.#used.has(name) ? 0 : answer.bytes, now)) {
      this.#objects.released(answer);
      this.#refuse(content, "SharedObject.ObjectCreationFailed", now);
    } else {
      this.#used.set(name, answer);
      answer.use(this, now);
    }
  }

  #release(name: string): void {
    const object = this.#used.get(name);
    if (!object) return;
    this.#used.delete(name);
    object.release(this);
    this.#objects.released(object);
  }
}

function has(
  { events }: SharedObjectMessage,
  ...types: readonly SharedObjectEvent["type"][]
): boolean {
  return events.some((event) => types.includes(event.type));
}

/** What a client may ask of an object that it uses. */
const ACTIONS = ["requestChange", "requestRemove", "clear", "send"] as const;
