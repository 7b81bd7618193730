import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAmf0 } from "../../protocol/amf/amf0-decode.ts";
import { encodeAmf0 } from "../../protocol/amf/amf0-encode.ts";
import { toHex } from "../../protocol/bytes/hex.ts";
import { ChunkReader } from "../../protocol/rtmp/chunk-reader.ts";
import { RtmpConnection } from "../../protocol/rtmp/connection.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../protocol/rtmp/handshake.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import { type Json, toTagged } from "../support/amf-json.ts";
import { cut } from "../support/cut.ts";
import { readJsonVector, readVector } from "../support/data.ts";
import { drain, messagesOf, readMessages } from "../support/rtmp.ts";

interface Capture {
  readonly file: string;
  readonly client: string;
  readonly status: "complete" | "truncated";
  readonly handshake_bytes: number;
  readonly msgs: Recorded[];
}

interface Recorded {
  readonly ts: number;
  readonly type: number;
  readonly msid: number;
  readonly len: number;
  readonly payload?: string;
  readonly payload_head?: string;
  readonly amf0?: Json[];
}

const { captures } = readJsonVector<{ captures: Capture[] }>("rtmp/captures/index.json");

function assertRecorded(message: Message | undefined, recorded: Recorded): void {
  assert.ok(message !== undefined);
  const { type, streamId, timestampMs, payload } = message;
  assert.deepEqual(
    { type, msid: streamId, ts: timestampMs, len: payload.length },
    { type: recorded.type, msid: recorded.msid, ts: recorded.ts, len: recorded.len },
  );
  if (recorded.payload !== undefined) assert.equal(toHex(payload), recorded.payload);
  if (recorded.payload_head !== undefined) {
    assert.ok(toHex(payload).startsWith(recorded.payload_head));
  }
  if (recorded.amf0 !== undefined) {
    const values = decodeAmf0(payload);
    const opened: object[] = [];
    const tagged = values.map((value) => toTagged(value, opened as never));
    assert.deepEqual(tagged, recorded.amf0);
    assert.equal(toHex(encodeAmf0(values)), toHex(payload));
  }
}

test("all captures are there", () => {
  assert.equal(captures.length, 30);
});

for (const { file, client, handshake_bytes, msgs } of captures) {
  const bytes = readVector(`rtmp/captures/${file}`);

  test(`${file}: chunk stream of ${client}`, () => {
    const messages = readMessages(new ChunkReader(), [bytes.subarray(handshake_bytes)]);
    assert.equal(messages.length, msgs.length);
    for (const [index, recorded] of msgs.entries()) assertRecorded(messages[index], recorded);
  });

  test(`${file}: the whole connection, in small pieces`, () => {
    const random = new Uint8Array(HANDSHAKE_RANDOM_BYTES);
    const isClient = file.includes(".s2c.");
    const handshake = isClient ? PlainHandshake.client(random) : PlainHandshake.server(random);
    const connection = new RtmpConnection({ handshake });
    for (const piece of cut(bytes, [1, 1535, 3, 1530, 5, ...new Array<number>(3000).fill(7)])) {
      connection.receive(piece);
    }
    const outputs = drain(connection);
    assert.ok(outputs.every(({ type }) => type !== "closed"));
    const forApplication = msgs.filter(({ type }) => type > 6 || type === 4);
    const messages = messagesOf(outputs);
    assert.equal(messages.length, forApplication.length);
    for (const [index, recorded] of forApplication.entries()) {
      assertRecorded(messages[index], recorded);
    }
  });
}
