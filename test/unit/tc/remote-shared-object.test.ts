import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import type { SharedObjectEvent } from "../../../protocol/rtmp/shared-object.ts";
import { RemoteSharedObject } from "../../../protocol/tc/remote-shared-object.ts";
import { SharedObjectNotes } from "../../support/shared-object-line.ts";

/** More than any server of ours lets an object have. */
const MAX_SLOTS = 16_384;

test("limits: a server cannot make a copy have more than 16 384 slots", () => {
  const notes = new SharedObjectNotes();
  const carrier = {
    type: MessageType.sharedObjectAmf0,
    sendSharedObject: (): void => undefined,
    forget: (): void => undefined,
  } as const;
  const object = new RemoteSharedObject("room", false, carrier, notes);
  let version = 0;
  const change = (value: number, ...names: string[]): void => {
    const events = names.map(
      (name): SharedObjectEvent => ({ type: "change", name, value: encodeAmf0([value]) }),
    );
    version += 1;
    object.receive({ name: "room", version, isPersistent: false, events }, 0);
  };
  for (let index = 0; index < MAX_SLOTS; index += 1) change(1, `slot${index}`);
  change(2, "one more", "slot7");
  assert.equal(object.data.size, MAX_SLOTS);
  assert.equal(object.data.get("slot7"), 2);
  assert.equal(notes.changes.length, MAX_SLOTS + 1);
});
