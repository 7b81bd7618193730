import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { RtmfpError } from "../../../protocol/errors.ts";
import { ChunkReader } from "../../../protocol/rtmp/chunk-reader.ts";
import { ChunkWriter } from "../../../protocol/rtmp/chunk-writer.ts";
import { RtmpConnection, type RtmpOutput } from "../../../protocol/rtmp/connection.ts";
import {
  BandwidthLimit,
  decodeControl,
  encodeControl,
  type ProtocolControl,
} from "../../../protocol/rtmp/control.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../../protocol/rtmp/handshake.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import { encodeUserControl } from "../../../protocol/rtmp/user-control.ts";
import { bytesOf, drain, messagesOf, readMessages } from "../../support/rtmp.ts";

const random = new Uint8Array(HANDSHAKE_RANDOM_BYTES);
const command: Message = {
  type: MessageType.commandAmf0,
  streamId: 0,
  timestampMs: 0,
  payload: fromHex("020007636f6e6e656374"),
};

/** Carries bytes between two connections until both are quiet; answers the other outputs of each. */
function exchange(client: RtmpConnection, server: RtmpConnection): [RtmpOutput[], RtmpOutput[]] {
  const seen: [RtmpOutput[], RtmpOutput[]] = [[], []];
  for (let isBusy = true; isBusy; ) {
    const fromClient = drain(client);
    const fromServer = drain(server);
    for (const output of fromClient) {
      if (output.type === "write") server.receive(output.bytes);
      else seen[0].push(output);
    }
    for (const output of fromServer) {
      if (output.type === "write") client.receive(output.bytes);
      else seen[1].push(output);
    }
    isBusy = fromClient.length + fromServer.length > 0;
  }
  return seen;
}

function pair(): { client: RtmpConnection; server: RtmpConnection } {
  const client = new RtmpConnection({ handshake: PlainHandshake.client(random) });
  const server = new RtmpConnection({ handshake: PlainHandshake.server(random) });
  const [ofClient, ofServer] = exchange(client, server);
  assert.deepEqual([ofClient, ofServer], [[{ type: "open" }], [{ type: "open" }]]);
  return { client, server };
}

/** A server past its handshake, and what it says to messages. */
function openServer(): { server: RtmpConnection; say: (...messages: Message[]) => RtmpOutput[] } {
  const server = new RtmpConnection({ handshake: PlainHandshake.server(random) });
  const writer = new ChunkWriter();
  server.receive(Uint8Array.of(3, ...new Uint8Array(3072)));
  drain(server);
  const say = (...messages: Message[]): RtmpOutput[] => {
    for (const message of messages) server.receive(writer.write(message));
    return drain(server);
  };
  return { server, say };
}

/** The controls among bytes that a fresh chunk writer wrote. */
function controlsOf(outputs: readonly RtmpOutput[]): (ProtocolControl | undefined)[] {
  return readMessages(new ChunkReader(), [bytesOf(outputs)]).map(decodeControl);
}

function media(length: number, timestampMs = 0): Message {
  return { type: MessageType.video, streamId: 1, timestampMs, payload: new Uint8Array(length) };
}

test("client and server open, then talk both ways", () => {
  const { client, server } = pair();
  client.send(command);
  client.send(encodeControl({ type: "setChunkSize", chunkBytes: 4096 }));
  client.send(media(10_000, 40));
  server.send(media(300, 80));
  const [ofClient, ofServer] = exchange(client, server);
  assert.deepEqual(messagesOf(ofServer), [command, media(10_000, 40)]);
  assert.deepEqual(messagesOf(ofClient), [media(300, 80)]);
});

test("a client speaks first", () => {
  const client = new RtmpConnection({ handshake: PlainHandshake.client(random) });
  assert.deepEqual(
    drain(client).map(({ type }) => type),
    ["write"],
  );
});

test("§5.2 commands glued to C2 are not lost", () => {
  const server = new RtmpConnection({ handshake: PlainHandshake.server(random) });
  const opening = Uint8Array.of(3, ...new Uint8Array(1536));
  const glued = [opening, new Uint8Array(1536), new ChunkWriter().write(command)];
  server.receive(new Uint8Array(Buffer.concat(glued)));
  assert.deepEqual(
    drain(server).map(({ type }) => type),
    ["write", "open", "message"],
  );
});

test("sending is possible from open on, and goes nowhere after the end", () => {
  const client = new RtmpConnection({ handshake: PlainHandshake.client(random) });
  assert.throws(
    () => client.send(command),
    (error) => error instanceof RtmfpError && error.code === "CLOSED",
  );
  const { server } = pair();
  server.close();
  server.close(new RtmfpError("CLOSED", "twice"));
  server.send(command);
  server.receive(new Uint8Array(10));
  assert.deepEqual(drain(server), [{ type: "closed", error: undefined }]);
});

test("what is sent at once is not polled, but where something has to go before it", () => {
  const { client, server } = pair();
  const direct = client.sendAtOnce(command);
  assert.ok(direct);
  assert.equal(client.poll(), undefined);
  server.receive(direct);
  assert.deepEqual(messagesOf(drain(server)), [command]);
  client.send(command);
  assert.equal(client.sendAtOnce(command), undefined);
  for (const output of drain(client)) if (output.type === "write") server.receive(output.bytes);
  assert.deepEqual(messagesOf(drain(server)), [command, command]);
  client.close();
  assert.equal(client.sendAtOnce(command), undefined);
});

test("another protocol and a malformed stream end the connection with an error", () => {
  const server = new RtmpConnection({ handshake: PlainHandshake.server(random) });
  server.receive(new TextEncoder().encode("GET / HTTP/1.1\r\n"));
  const [http] = drain(server);
  assert.ok(http?.type === "closed" && http.error?.code === "PROTOCOL");

  const { say, server: open } = openServer();
  assert.equal(say(command).length, 1);
  open.receive(fromHex("ff"));
  const [closed] = drain(open);
  assert.ok(closed?.type === "closed" && closed.error?.code === "MALFORMED");
});

test("messages before the malformed bytes still come out", () => {
  const { server } = openServer();
  const bytes = new Uint8Array(Buffer.concat([new ChunkWriter().write(command), fromHex("ff")]));
  server.receive(bytes);
  assert.deepEqual(
    drain(server).map(({ type }) => type),
    ["message", "closed"],
  );
});

test("any bytes lead to outputs, never to a throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 })), fc.boolean(), (pieces, isOpen) => {
      const server = isOpen
        ? openServer().server
        : new RtmpConnection({ handshake: PlainHandshake.server(random) });
      for (const piece of pieces) server.receive(piece);
      const outputs = drain(server);
      const closed = outputs.findIndex(({ type }) => type === "closed");
      assert.ok(closed === -1 || closed === outputs.length - 1);
    }),
    { numRuns: 500 },
  );
});

test("§5.4.3 acknowledgements come twice a window and count every byte", () => {
  const { say } = openServer();
  assert.deepEqual(say(encodeControl({ type: "windowAckSize", windowBytes: 8000 })), []);
  const first = say(media(1000));
  assert.deepEqual(controlsOf(first), [
    { type: "acknowledgement", receivedBytes: 3073 + 16 + 12 + 1000 + 7 },
  ]);
  const next = say(media(1000), media(1000), media(1000), media(1000));
  assert.equal(next.filter(({ type }) => type === "write").length, 1);
});

test("§5.4.3 without a window the usual one is assumed, a window of 0 is none", () => {
  const { say } = openServer();
  say(command);
  say(encodeControl({ type: "windowAckSize", windowBytes: 0 }));
  assert.equal(bytesOf(say(media(1_000_000))).length, 0);
  assert.equal(controlsOf(say(media(400_000)))[0]?.type, "acknowledgement");
});

test("§5.4.5 a bandwidth limit is answered with a window that is news", () => {
  const { server, say } = openServer();
  const limit = (windowBytes: number, kind: BandwidthLimit): number[] => {
    const outputs = say(encodeControl({ type: "setPeerBandwidth", windowBytes, limit: kind }));
    return outputs.map((output) => {
      assert.ok(output.type === "write");
      return Number.parseInt(toHex(output.bytes.subarray(-4)), 16);
    });
  };
  assert.deepEqual(limit(5_000_000, BandwidthLimit.dynamic), [], "dynamic after nothing");
  assert.deepEqual(limit(5_000_000, BandwidthLimit.hard), [5_000_000]);
  assert.deepEqual(limit(5_000_000, BandwidthLimit.hard), []);
  assert.deepEqual(limit(4_000_000, BandwidthLimit.dynamic), [4_000_000], "dynamic after hard");
  assert.deepEqual(limit(6_000_000, BandwidthLimit.soft), [], "soft never raises");
  assert.deepEqual(limit(3_000_000, BandwidthLimit.soft), [3_000_000]);
  assert.deepEqual(limit(2_000_000, BandwidthLimit.dynamic), [], "dynamic after soft");
  server.send(encodeControl({ type: "windowAckSize", windowBytes: 1_000_000 }));
  drain(server);
  assert.deepEqual(limit(1_000_000, BandwidthLimit.hard), [], "announced already");
});

test("§7.1.7 pings are answered, other user control events are the application's", () => {
  const { say } = openServer();
  const outputs = say(
    encodeUserControl({ event: "pingRequest", timestampMs: 0xdeadbeef }),
    encodeUserControl({ event: "setBufferLength", streamId: 1, bufferMs: 3000 }),
  );
  assert.deepEqual(
    outputs.map(({ type }) => type),
    ["write", "message"],
  );
  assert.ok(toHex(bytesOf(outputs)).endsWith("0007deadbeef"));
});

test("§7.1.6 an aggregate comes out in parts", () => {
  const { say } = openServer();
  const payload = fromHex("08000001000000000000006100000000" + "0900000100000a0000000062");
  const outputs = say({ type: MessageType.aggregate, streamId: 1, timestampMs: 7, payload });
  assert.deepEqual(
    messagesOf(outputs).map(({ type, timestampMs }) => [type, timestampMs]),
    [
      [8, 7],
      [9, 17],
    ],
  );
});

test("§7.1.6 an aggregate that cannot be read is skipped, and the connection goes on", () => {
  const { say } = openServer();
  const payload = fromHex("0800ffff000000000000006100000000");
  const broken = { type: MessageType.aggregate, streamId: 1, timestampMs: 7, payload };
  assert.deepEqual(messagesOf(say(broken, media(5))), [media(5)]);
});

test("limits: before its first command a client sends no message of more than 64 KiB", () => {
  const closedWith = (outputs: readonly RtmpOutput[]): (string | undefined)[] =>
    outputs.flatMap((output) => (output.type === "closed" ? [output.error?.code] : []));
  assert.deepEqual(closedWith(openServer().say(media(65_537))), ["MALFORMED"]);
  assert.deepEqual(closedWith(openServer().say(media(65_536), command, media(1_000_000))), []);
  const { client, server } = pair();
  server.send(media(100_000));
  const [ofClient, ofServer] = exchange(client, server);
  assert.equal(messagesOf(ofClient).length, 1, "a client has chosen its server");
  assert.deepEqual(ofServer, []);
});
