import assert from "node:assert/strict";
import { test } from "node:test";
import type { AmfValue } from "../../../protocol/amf/value.ts";
import { ClientConnection } from "../../../protocol/tc/client-connection.ts";
import type { ClientStream } from "../../../protocol/tc/client-stream.ts";
import {
  type Command,
  decodeCommand,
  encodeCommand,
  notice,
} from "../../../protocol/tc/command.ts";
import { media } from "../../support/media.ts";
import { Client, StreamNotes } from "../../support/tc-stand.ts";
import { MemoryTransport } from "../../support/transports.ts";

/** A client whose server answers createStream as the test likes. */
class Numbered {
  readonly transport: MemoryTransport = new MemoryTransport();
  readonly application: Client = new Client();
  readonly client: ClientConnection = new ClientConnection(this.transport, this.application);

  stream(id: AmfValue, notes: StreamNotes = new StreamNotes()): ClientStream | Error {
    let made: ClientStream | Error | undefined;
    this.client.createStream(
      notes,
      (stream) => {
        assert.equal(made, undefined);
        made = stream;
      },
      0,
    );
    const question = this.transport.queue.splice(0).at(-1);
    const transactionId = (question && decodeCommand(question)?.transactionId) ?? 0;
    this.hear({ name: "_result", transactionId, object: null, args: [id] }, 0);
    assert.ok(made);
    return made;
  }

  hear(command: Command, streamId: number): void {
    this.client.net.onMessage(encodeCommand(command, streamId), false, 0);
  }
}

test("§7.2.1.3 a client takes no stream 0, and none that is no number", () => {
  for (const id of [0, -1, 1.5, Number.NaN, 2 ** 32, "1", null]) {
    assert.ok(new Numbered().stream(id) instanceof Error, String(id));
  }
});

test("a closed stream of a client sends nothing and hears nothing more, whoever has its number", () => {
  const made = new Numbered();
  const notes = new StreamNotes();
  const stream = made.stream(1, notes);
  assert.ok(!(stream instanceof Error));
  stream.close(0);
  const other = made.stream(1);
  assert.ok(!(other instanceof Error));
  made.transport.queue.length = 0;
  stream.close(0);
  stream.publish("again", 0);
  assert.equal(stream.send(media.keyframe(0), {}, 0), undefined);
  assert.deepEqual(made.transport.queue, []);
  other.close(0);
  made.hear(notice("onStatus", [{ code: "late" }]), 1);
  assert.deepEqual(notes.codes, []);
  assert.deepEqual(made.application.calls, []);
});
