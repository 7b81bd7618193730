import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toHex } from "../../../protocol/bytes/hex.ts";
import { RtmfpError } from "../../../protocol/errors.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../../protocol/rtmp/handshake.ts";
import { cut } from "../../support/cut.ts";

const clientRandom = new Uint8Array(HANDSHAKE_RANDOM_BYTES).fill(0xc1);
const serverRandom = new Uint8Array(HANDSHAKE_RANDOM_BYTES).fill(0x51);

function feed(handshake: PlainHandshake, pieces: readonly Uint8Array[]): Uint8Array {
  const out: Uint8Array[] = [];
  for (const piece of pieces) {
    handshake.receive(piece);
    for (let bytes = handshake.poll(); bytes; bytes = handshake.poll()) out.push(bytes);
  }
  return new Uint8Array(Buffer.concat(out));
}

function restLength(handshake: PlainHandshake): number | undefined {
  return handshake.rest?.length;
}

test("§5.2.2, §5.2.3 C0 C1: version 3, then zero where a digest would be announced", () => {
  const opening = PlainHandshake.client(clientRandom).poll() ?? new Uint8Array();
  assert.equal(opening.length, 1537);
  assert.equal(toHex(opening.subarray(0, 10)), "030000000000000000c1");
  assert.deepEqual(opening.subarray(9), clientRandom);
});

test("§5.2.4 both ends echo each other, the server before it has C2", () => {
  const client = PlainHandshake.client(clientRandom);
  const server = PlainHandshake.server(serverRandom);
  assert.equal(server.poll(), undefined);
  const opening = client.poll() ?? new Uint8Array();
  assert.equal(client.poll(), undefined);
  const answer = feed(server, [opening]);
  assert.equal(answer.length, 3073);
  assert.equal(toHex(answer.subarray(0, 10)), "03000000000000000051");
  assert.deepEqual(answer.subarray(1537), opening.subarray(1));
  assert.equal(restLength(server), undefined);

  const echo = feed(client, [answer]);
  assert.deepEqual(echo, answer.subarray(1, 1537));
  assert.equal(restLength(client), 0);
  assert.equal(feed(server, [echo]).length, 0);
  assert.equal(restLength(server), 0);
});

test("§5.2.1 the client sends C2 as soon as it has S1, not before", () => {
  const client = PlainHandshake.client(clientRandom);
  client.poll();
  const answer = Uint8Array.of(3, ...new Uint8Array(1536).fill(7));
  assert.equal(feed(client, [answer.subarray(0, 1536)]).length, 0);
  assert.equal(feed(client, [answer.subarray(1536)]).length, 1536);
  assert.equal(client.rest, undefined);
});

test("§5.2 however the bytes are cut, the handshake answers the same and keeps what follows", () => {
  const far = new Uint8Array(3073 + 20).fill(9);
  far[0] = 3;
  fc.assert(
    fc.property(fc.array(fc.nat(1600), { maxLength: 8 }), fc.boolean(), (cuts, isClient) => {
      const handshake = isClient
        ? PlainHandshake.client(clientRandom)
        : PlainHandshake.server(serverRandom);
      handshake.poll();
      const rest: Uint8Array[] = [];
      const answers: Uint8Array[] = [];
      for (const piece of cut(far, cuts)) {
        if (handshake.rest !== undefined) {
          rest.push(piece);
          continue;
        }
        answers.push(feed(handshake, [piece]));
        if (handshake.rest !== undefined) rest.push(handshake.rest);
      }
      assert.equal(Buffer.concat(answers).length, isClient ? 1536 : 3073);
      assert.deepEqual(new Uint8Array(Buffer.concat(rest)), far.subarray(3073));
    }),
  );
});

test("§5.2.2 another version is another protocol, known from the first byte", () => {
  for (const version of [0, 2, 6, 8, 9, 0x16, 0x47, 0x50, 0xff]) {
    for (const handshake of [
      PlainHandshake.client(clientRandom),
      PlainHandshake.server(serverRandom),
    ]) {
      assert.throws(
        () => handshake.receive(Uint8Array.of(version)),
        (error) => error instanceof RtmfpError && error.code === "PROTOCOL",
      );
    }
  }
});

test("§5.2 nothing received is nothing", () => {
  const server = PlainHandshake.server(serverRandom);
  server.receive(new Uint8Array());
  assert.equal(server.poll(), undefined);
});

test("§5.2.3 randomness of another length is misuse", () => {
  assert.throws(() => PlainHandshake.client(new Uint8Array(1527)), RangeError);
  assert.throws(() => PlainHandshake.server(new Uint8Array(1529)), RangeError);
});
