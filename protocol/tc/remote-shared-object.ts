import { decodeAmf0 } from "../amf/amf0-decode.ts";
import type { AmfValue } from "../amf/value.ts";
import {
  encodeSharedValues,
  type SharedObjectEvent,
  type SharedObjectMessage,
  type SharedObjectType,
} from "../rtmp/shared-object.ts";
import type { Status } from "./status.ts";

/** What happened to a slot of a shared object, as ActionScript's `sync` event tells it. */
export interface SlotChange {
  /**
   * "clear": all slots are gone, others follow; "change" and "delete": somebody else did it;
   * "success": the server took what we wanted; "reject": somebody else was faster, and it is his.
   */
  readonly code: "clear" | "change" | "delete" | "success" | "reject";
  /** Undefined for "clear". */
  readonly name?: string;
}

/** What the user of a shared object wants to know. */
export interface SharedObjectHandler {
  onSync(changes: readonly SlotChange[], now: number): void;
  /** Somebody, perhaps ourselves, sent a message to all who use the object. */
  onSend(name: string, args: readonly AmfValue[], now: number): void;
  onStatus(status: Status, now: number): void;
  /** The connection is gone. */
  onEnd(now: number): void;
}

/** What a shared object needs of its connection. */
export interface SharedObjectCarrier {
  readonly type: SharedObjectType;
  sendSharedObject(message: SharedObjectMessage, now: number): void;
  /** It is used no longer. */
  forget(object: RemoteSharedObject, now: number): void;
}

/**
 * A client's copy of a shared object on a server, RTMP 1.0 §7.1.3. What it sets shows at once, and is
 * put right when the server decides otherwise.
 */
export class RemoteSharedObject {
  readonly name: string;
  readonly isPersistent: boolean;
  readonly #carrier: SharedObjectCarrier;
  readonly #handler: SharedObjectHandler;
  /** BOUNDED: MAX_SLOTS. */
  readonly #data = new Map<string, AmfValue>();
  /** What we set and the server has not answered yet. BOUNDED: by what the user sets. */
  readonly #wishes = new Map<string, Wish>();
  #version = 0;
  #isClosed = false;

  constructor(
    name: string,
    isPersistent: boolean,
    carrier: SharedObjectCarrier,
    handler: SharedObjectHandler,
  ) {
    this.name = name;
    this.isPersistent = isPersistent;
    this.#carrier = carrier;
    this.#handler = handler;
  }

  /** The slots. It changes with what arrives. */
  get data(): ReadonlyMap<string, AmfValue> {
    return this.#data;
  }

  /** Of the server's object, as far as we know it. */
  get version(): number {
    return this.#version;
  }

  /** Asks the server for it; the first `onSync`, or `onStatus`, is the answer. */
  use(now: number): void {
    this.#send([{ type: "use" }], now);
  }

  /**
   * Null and undefined are as `delete`. Throws TypeError or RangeError for what the connection's
   * version of AMF cannot carry.
   */
  set(name: string, value: AmfValue, now: number): void {
    if (value === null || value === undefined) {
      this.delete(name, now);
      return;
    }
    const bytes = encodeSharedValues([value], this.#carrier.type);
    this.#data.set(name, value);
    const unanswered = (this.#wishes.get(name)?.unanswered ?? 0) + 1;
    this.#wishes.set(name, { value, isGone: false, unanswered });
    this.#send([{ type: "requestChange", name, value: bytes }], now);
  }

  delete(name: string, now: number): void {
    this.#data.delete(name);
    const wish = this.#wishes.get(name);
    if (wish) this.#wishes.set(name, { ...wish, isGone: true });
    this.#send([{ type: "requestRemove", name }], now);
  }

  /** Sends a message to all who use the object, ourselves included. Throws as `set` does. */
  send(name: string, args: readonly AmfValue[], now: number): void {
    const values = encodeSharedValues([name, ...args], this.#carrier.type);
    this.#send([{ type: "send", values }], now);
  }

  /** Uses it no longer. Idempotent. */
  close(now: number): void {
    if (this.#isClosed) return;
    this.#send([{ type: "release" }], now);
    this.#isClosed = true;
    this.#carrier.forget(this, now);
  }

  /** Takes what the server says of it. Throws MalformedError for values that make no sense. */
  receive({ version, events }: SharedObjectMessage, now: number): void {
    const isWelcome = events.some(({ type }) => type === "useSuccess");
    // What others change makes a version; when there is none, the change is the answer to ours.
    const isRefusal = version === this.#version && !isWelcome;
    this.#version = version;
    const changes: SlotChange[] = [];
    for (const event of events) {
      const change = this.#take(event, isRefusal, now);
      if (change) changes.push(change);
    }
    if (changes.length > 0 || isWelcome) this.#handler.onSync(changes, now);
  }

  /** The connection is gone. */
  end(now: number): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handler.onEnd(now);
  }

  #take(event: SharedObjectEvent, isRefusal: boolean, now: number): SlotChange | undefined {
    switch (event.type) {
      case "change":
        return this.#change(event.name, decodeAmf0(event.value)[0], isRefusal);
      case "remove":
        return this.#remove(event.name, isRefusal);
      case "success":
        return this.#succeed(event.name);
      case "clear":
        this.#data.clear();
        return { code: "clear" };
      case "send":
        this.#receiveSent(decodeAmf0(event.values), now);
        return undefined;
      case "status":
        this.#handler.onStatus(statusOf(event), now);
        return undefined;
      default:
        return undefined;
    }
  }

  #change(name: string, value: AmfValue, isRefusal: boolean): SlotChange | undefined {
    const isRejected = isRefusal && this.#settle(name) !== undefined;
    if (!this.#data.has(name) && this.#data.size >= MAX_SLOTS) return undefined;
    this.#data.set(name, value);
    return { code: isRejected ? "reject" : "change", name };
  }

  #remove(name: string, isRefusal: boolean): SlotChange | undefined {
    const isRejected = isRefusal && this.#settle(name) !== undefined;
    if (!this.#data.delete(name)) return undefined;
    return { code: isRejected ? "reject" : "delete", name };
  }

  /** Others may have changed the slot since we set it; the server took ours after theirs. */
  #succeed(name: string): SlotChange {
    const wish = this.#settle(name);
    if (wish?.isGone) this.#data.delete(name);
    else if (wish) this.#data.set(name, wish.value);
    return { code: "success", name };
  }

  /** One of our requests is answered. Answers the latest. */
  #settle(name: string): Wish | undefined {
    const wish = this.#wishes.get(name);
    if (wish && wish.unanswered > 1) {
      this.#wishes.set(name, { ...wish, unanswered: wish.unanswered - 1 });
    } else {
      this.#wishes.delete(name);
    }
    return wish;
  }

  #receiveSent([name, ...args]: readonly AmfValue[], now: number): void {
    if (typeof name === "string") this.#handler.onSend(name, args, now);
  }

  #send(events: readonly SharedObjectEvent[], now: number): void {
    if (this.#isClosed) return;
    const { name, isPersistent } = this;
    this.#carrier.sendSharedObject({ name, version: this.#version, isPersistent, events }, now);
  }
}

/** What a slot is to be, once the server has answered. */
interface Wish {
  readonly value: AmfValue;
  /** It was deleted after it was set. */
  readonly isGone: boolean;
  /** How many times it was set without an answer. */
  readonly unanswered: number;
}

function statusOf({ code, level }: { readonly code: string; readonly level: string }): Status {
  return { level: level === "error" ? "error" : "status", code, description: "" };
}

/** More than any server of ours lets an object have. */
const MAX_SLOTS = 16_384;
