import assert from "node:assert/strict";
import { test } from "node:test";
import type { TcpStream, TcpStreamHandler } from "../../../../peer/platform.ts";
import { frameDatagram } from "../../../../peer/tcp/datagram-framing.ts";
import { MAX_UNSENT_BYTES, TcpLink } from "../../../../peer/tcp/tcp-link.ts";

class Line implements TcpStream {
  unsentBytes = 0;
  isClosed = false;
  handler: TcpStreamHandler | undefined;
  readonly sent: Uint8Array[] = [];

  listen(handler: TcpStreamHandler): void {
    this.handler = handler;
  }

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }

  close(): void {
    this.isClosed = true;
  }
}

function linked(): { line: Line; link: TcpLink; got: Uint8Array[]; ends: { count: number } } {
  const line = new Line();
  const got: Uint8Array[] = [];
  const ends = { count: 0 };
  const at = { ip: "192.0.2.1", port: 1 };
  const link = new TcpLink(
    line,
    at,
    (bytes) => got.push(bytes),
    () => {
      ends.count += 1;
    },
  );
  return { line, link, got, ends };
}

test("datagrams go and come framed", () => {
  const { line, link, got } = linked();
  link.send(Uint8Array.of(7, 8));
  assert.deepEqual(line.sent, [Uint8Array.of(0, 2, 7, 8)]);
  line.handler?.onBytes(Uint8Array.of(0, 1, 5, 0, 2, 6));
  line.handler?.onBytes(Uint8Array.of(7));
  assert.deepEqual(got, [Uint8Array.of(5), Uint8Array.of(6, 7)]);
});

test("a far end that takes too little loses the newest", () => {
  const { line, link } = linked();
  line.unsentBytes = MAX_UNSENT_BYTES + 1;
  link.send(Uint8Array.of(1));
  line.unsentBytes = MAX_UNSENT_BYTES;
  link.send(Uint8Array.of(2));
  link.send(new Uint8Array(9_000));
  assert.deepEqual(line.sent, [frameDatagram(Uint8Array.of(2))]);
});

test("a stream that makes no sense is the end of the connection", () => {
  const { line, link, got, ends } = linked();
  line.handler?.onBytes(Uint8Array.of(0, 0, 1));
  assert.deepEqual([got, ends.count, line.isClosed], [[], 1, true]);
  line.handler?.onBytes(Uint8Array.of(0, 1, 1));
  line.handler?.onClosed();
  link.send(Uint8Array.of(1));
  assert.deepEqual([got, ends.count, line.sent], [[], 1, []]);
});

test("whoever closes it is not told that it is closed", async () => {
  const { line, link, ends } = linked();
  await link.close();
  line.handler?.onClosed();
  assert.deepEqual([ends.count, line.isClosed], [0, true]);
});
