import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat } from "../../../protocol/bytes/concat.ts";
import { RtmfpError } from "../../../protocol/errors.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { RtmpConnection, type RtmpOutput } from "../../../protocol/rtmp/connection.ts";
import {
  findDigest,
  PLAYER,
  publicKeyIn,
  SERVER,
  writeDigest,
} from "../../../protocol/rtmp/digest.ts";
import { rtmpeClientHandshake, serverHandshake } from "../../../protocol/rtmp/digest-handshake.ts";
import { type Handshake, PlainHandshake } from "../../../protocol/rtmp/handshake.ts";
import { cut } from "../../support/cut.ts";

function take(handshake: Handshake): Uint8Array {
  return handshake.poll() ?? new Uint8Array();
}

/** C0 C1 of RTMPE in a layout, of a type. */
function opening(layout: "digest-first" | "key-first", version: number): Uint8Array {
  const c1 = nodePrimitives.random(1536);
  const pair = nodePrimitives.group(2)?.generate();
  publicKeyIn(c1, layout).set(pair?.publicKey ?? []);
  writeDigest(c1, layout, PLAYER, nodePrimitives);
  return concat([Uint8Array.of(version), c1]);
}

function isCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof RtmfpError && error.code === code;
}

test("plain clients get an echo and no version that asks for digests", () => {
  const server = serverHandshake(nodePrimitives);
  const client = PlainHandshake.client(nodePrimitives.random(1528));
  const c0c1 = take(client);
  server.receive(c0c1);
  const answer = take(server);
  assert.deepEqual(answer.subarray(5, 9), new Uint8Array(4));
  assert.deepEqual(answer.subarray(1537), c0c1.subarray(1));
});

test("a digest is answered by a digest in the same layout, RTMPE always where ffmpeg looks", () => {
  for (const layout of ["digest-first", "key-first"] as const) {
    for (const version of [3, 6, 8, 9]) {
      const server = serverHandshake(nodePrimitives);
      server.receive(opening(layout, version));
      const answer = take(server);
      assert.equal(answer[0], version);
      const found = findDigest(answer.subarray(1, 1537), SERVER, nodePrimitives);
      assert.equal(found?.layout, version === 3 ? layout : "digest-first");
      assert.equal(server.ciphers !== undefined, version !== 3);
    }
  }
});

test("one flipped bit, and it is no digest: plain gets an echo, RTMPE nothing", () => {
  for (const version of [3, 6, 8, 9]) {
    const broken = opening("key-first", version);
    broken[1000] = (broken[1000] as number) ^ 1;
    const server = serverHandshake(nodePrimitives);
    if (version === 3) {
      server.receive(broken);
      assert.deepEqual(take(server).subarray(1537), broken.subarray(1));
    } else assert.throws(() => server.receive(broken), isCode("PROTOCOL"));
  }
});

test("RTMPE: a public key that gives the secret away is refused", () => {
  for (const last of [0, 1, 2]) {
    const c1 = nodePrimitives.random(1536);
    const key = publicKeyIn(c1, "key-first");
    key.fill(0);
    key[127] = last;
    writeDigest(c1, "key-first", PLAYER, nodePrimitives);
    const server = serverHandshake(nodePrimitives);
    assert.throws(() => server.receive(concat([Uint8Array.of(6), c1])), isCode("CRYPTO"));
  }
});

test("RTMPE: a server that answers without a digest is none", () => {
  const client = rtmpeClientHandshake(nodePrimitives);
  const answer = nodePrimitives.random(3073);
  answer[0] = 6;
  assert.throws(() => client.receive(answer), isCode("PROTOCOL"));
  const plain = rtmpeClientHandshake(nodePrimitives);
  assert.throws(() => plain.receive(Uint8Array.of(3)), isCode("PROTOCOL"));
});

test("RTMPE: two connections talk, however their bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2000), { maxLength: 6 }), fc.uint8Array(), (cuts, payload) => {
      const client = new RtmpConnection({ handshake: rtmpeClientHandshake(nodePrimitives) });
      const server = new RtmpConnection({ handshake: serverHandshake(nodePrimitives) });
      const told: RtmpOutput[] = [];
      const carry = (from: RtmpConnection, to: RtmpConnection): boolean => {
        const written: Uint8Array[] = [];
        for (let output = from.poll(); output; output = from.poll()) {
          if (output.type === "write") written.push(output.bytes);
          else told.push(output);
        }
        const bytes = concat(written);
        for (const piece of cut(bytes, cuts)) to.receive(piece);
        return bytes.length > 0;
      };
      const settle = (): void => {
        while (carry(client, server) || carry(server, client));
      };
      settle();
      assert.deepEqual(
        told.map(({ type }) => type),
        ["open", "open"],
      );
      const message = { type: 9, streamId: 1, timestampMs: 5, payload };
      client.send(message);
      server.send(message);
      settle();
      const received = told.flatMap((output) =>
        output.type === "message" ? [output.message] : [],
      );
      assert.deepEqual(
        received.map((one) => new Uint8Array(one.payload)),
        [payload, payload],
      );
    }),
    { numRuns: 30 },
  );
});

test("any opening gets an answer or an error that is ours", () => {
  const bytes = fc.uint8Array({ minLength: 0, maxLength: 3200, size: "max" });
  fc.assert(
    fc.property(fc.constantFrom(3, 6, 8, 9, 0x16), bytes, (version, rest) => {
      for (const end of [serverHandshake, rtmpeClientHandshake]) {
        try {
          end(nodePrimitives).receive(concat([Uint8Array.of(version), rest]));
        } catch (error) {
          assert.ok(error instanceof RtmfpError);
        }
      }
    }),
    { numRuns: 50 },
  );
});
