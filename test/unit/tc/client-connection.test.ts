import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientConnection } from "../../../protocol/tc/client-connection.ts";
import { decodeCommand, encodeCommand, notice } from "../../../protocol/tc/command.ts";
import { media } from "../../support/media.ts";
import { Client, Stand, StreamNotes } from "../../support/tc-stand.ts";
import { MemoryTransport } from "../../support/transports.ts";

test("§7.2.1.3 a client takes no stream 0, and none that is no number", () => {
  for (const id of [0, -1, 1.5, Number.NaN, 2 ** 32, "1", null]) {
    const transport = new MemoryTransport();
    const client = new ClientConnection(transport, new Client());
    const made: unknown[] = [];
    client.createStream(new StreamNotes(), (stream) => made.push(stream), 0);
    const [question] = transport.queue;
    const transactionId = (question && decodeCommand(question)?.transactionId) ?? 0;
    const answer = { name: "_result", transactionId, object: null, args: [id] };
    client.net.onMessage(encodeCommand(answer, 0), false, 0);
    assert.equal(made.length, 1);
    assert.ok(made[0] instanceof Error, String(id));
  }
});

test("a closed stream of a client sends nothing and hears nothing more", () => {
  const made = new Stand().connect();
  const { stream, notes } = made.publishing("cam");
  stream.close(0);
  made.line.carry();
  const other = made.publishing("other");
  assert.equal(other.stream.id, stream.id);
  stream.close(0);
  stream.publish("again", 0);
  assert.equal(stream.send(media.keyframe(0), {}, 0), undefined);
  made.line.carry();
  assert.ok(made.server.streams.at("other").isLive);
  other.stream.close(0);
  made.connection.net.command(notice("onStatus", [{ code: "late" }]), stream.id, 0);
  made.line.carry();
  assert.deepEqual(notes.codes, ["Publish.Start"]);
  assert.deepEqual(made.client.calls, []);
});
