import type { AmfValue } from "../../protocol/amf/value.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import { decodeSharedObject, type SharedObjectEvent } from "../../protocol/rtmp/shared-object.ts";
import type { ObjectEncoding } from "../../protocol/tc/command.ts";
import { NetConnection } from "../../protocol/tc/net-connection.ts";
import type {
  RemoteSharedObject,
  SharedObjectHandler,
  SlotChange,
} from "../../protocol/tc/remote-shared-object.ts";
import { RemoteSharedObjects } from "../../protocol/tc/remote-shared-objects.ts";
import type { Status } from "../../protocol/tc/status.ts";
import { SharedObjectAccess } from "../../rendezvous/shared-objects/shared-object-access.ts";
import {
  fullSharedObjectLimits,
  type SharedObjectOptions,
} from "../../rendezvous/shared-objects/shared-object-limits.ts";
import { SharedObjects } from "../../rendezvous/shared-objects/shared-objects.ts";

/** What a client hears of a shared object. */
export class SharedObjectNotes implements SharedObjectHandler {
  readonly changes: SlotChange[] = [];
  readonly sent: (readonly [name: string, ...args: AmfValue[]])[] = [];
  readonly codes: string[] = [];
  syncs = 0;
  ends = 0;

  onSync(changes: readonly SlotChange[]): void {
    this.syncs += 1;
    this.changes.push(...changes);
  }

  onSend(name: string, args: readonly AmfValue[]): void {
    this.sent.push([name, ...args]);
  }

  onStatus({ code }: Status): void {
    this.codes.push(code);
  }

  onEnd(): void {
    this.ends += 1;
  }
}

/** A client and the server's end of its connection; what they send waits until it is carried. */
export class SharedObjectLine {
  readonly objects: RemoteSharedObjects;
  readonly access: SharedObjectAccess;
  readonly up: Message[] = [];
  readonly down: Message[] = [];

  constructor(server: SharedObjects, app = "live", objectEncoding: ObjectEncoding = 0) {
    const net = new NetConnection(
      {
        send: (message) => void this.up.push(message),
        synchronize: () => undefined,
        closeStream: () => undefined,
        close: () => undefined,
      },
      { onCommand: () => undefined, onMessage: () => undefined, onEnd: () => undefined },
    );
    net.objectEncoding = objectEncoding;
    this.objects = new RemoteSharedObjects(net);
    const who = { app, source: "192.0.2.1" };
    this.access = new SharedObjectAccess(server, who, this.objects.type, (message) =>
      this.down.push(message),
    );
  }

  open(name: string, isPersistent = false): [object: RemoteSharedObject, notes: SharedObjectNotes] {
    const notes = new SharedObjectNotes();
    return [this.objects.open(name, notes, { isPersistent }, 0), notes];
  }

  /** Carries one message to the server. */
  carryUp(): void {
    const message = this.up.shift();
    if (message) this.access.receive(message, 0);
  }

  /** Carries one message to the client. Answers what was in it. */
  carryDown(): readonly SharedObjectEvent[] {
    const message = this.down.shift();
    if (!message) return [];
    this.objects.receive(message, 0);
    return decodeSharedObject(message)?.events ?? [];
  }
}

/** Carries everything, until nobody says anything more. */
export function settle(...lines: readonly SharedObjectLine[]): void {
  while (lines.some(({ up, down }) => up.length + down.length > 0)) {
    for (const line of lines) {
      line.carryUp();
      line.carryDown();
    }
  }
}

export function serverOf(options: SharedObjectOptions = {}): SharedObjects {
  return new SharedObjects(fullSharedObjectLimits({ persistent: true, ...options }));
}

/** Two clients of a server that use the same object. */
export function pair(options?: SharedObjectOptions): {
  one: SharedObjectLine;
  other: SharedObjectLine;
  server: SharedObjects;
} {
  const server = serverOf(options);
  return { server, one: new SharedObjectLine(server), other: new SharedObjectLine(server) };
}
