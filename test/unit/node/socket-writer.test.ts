import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { SocketWriter } from "../../../protocol/node/socket-writer.ts";

/** A socket that notes what each of its writes hold, and takes it when told. */
class Sink extends Duplex {
  readonly writes: string[][] = [];
  readonly chunks: Uint8Array[] = [];
  isStuck = false;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#note([chunk], done);
  }

  override _writev(chunks: readonly { readonly chunk: unknown }[], done: () => void): void {
    this.#note(
      chunks.map(({ chunk }) => chunk as Buffer),
      done,
    );
  }

  #note(chunks: readonly Buffer[], done: () => void): void {
    this.writes.push(chunks.map((chunk) => chunk.toString("hex")));
    this.chunks.push(...chunks);
    if (!this.isStuck) done();
  }
}

interface Stand {
  readonly sink: Sink;
  readonly writer: SocketWriter;
  overflows: number;
  taken: number;
}

function stand(maxUnsentBytes = 1_000): Stand {
  const sink = new Sink();
  const host = {
    maxUnsentBytes,
    onWritten: () => undefined,
    onTaken: () => {
      one.taken += 1;
    },
    onOverflow: () => {
      one.overflows += 1;
    },
  };
  const one: Stand = { sink, writer: new SocketWriter(sink, host), overflows: 0, taken: 0 };
  return one;
}

const [first, second] = [Uint8Array.of(1, 2), Uint8Array.of(3)];

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("what one turn writes leaves in one piece", async () => {
  const { sink, writer } = stand();
  writer.write(first);
  writer.write(second);
  assert.deepEqual(sink.writes, []);
  assert.equal(writer.unsentBytes, 3);
  await turn();
  assert.deepEqual(sink.writes, [["0102", "03"]]);
  assert.equal(writer.unsentBytes, 0);
  writer.write(second);
  await turn();
  assert.deepEqual(sink.writes.slice(1), [["03"]]);
});

test("what many write in one turn is put together once", async () => {
  const all = [stand(), stand(), stand(), stand()];
  for (const [index, { writer }] of all.entries()) {
    writer.write(first);
    if (index < 3) writer.write(second);
  }
  await turn();
  assert.deepEqual(
    all.map(({ sink }) => sink.writes),
    [[["0102", "03"]], [["010203"]], [["010203"]], [["0102"]]],
  );
  assert.equal(all[1]?.sink.chunks[0], all[2]?.sink.chunks[0], "the same memory");
});

test("one that takes nothing is told on once, when too much waits", async () => {
  const one = stand(5);
  one.sink.isStuck = true;
  for (let round = 0; round < 2; round += 1) {
    one.writer.write(first);
    await turn();
  }
  assert.equal(one.overflows, 0);
  one.writer.write(first);
  await turn();
  assert.equal(one.overflows, 1);
  one.writer.write(first);
  await turn();
  assert.equal(one.overflows, 1);
  const flood = stand(5);
  for (let round = 0; round < 4; round += 1) flood.writer.write(first);
  assert.equal(flood.overflows, 1, "at once");
});

test("its user is told what was taken, if he wants to know", async () => {
  const one = stand();
  one.writer.write(first);
  await turn();
  assert.equal(one.taken, 0);
  one.writer.isWatched = true;
  one.writer.write(first);
  await turn();
  assert.equal(one.taken, 1);
});

test("the end comes after what was written, and nothing after the end", async () => {
  const { sink, writer } = stand();
  writer.write(first);
  writer.end();
  writer.write(second);
  await turn();
  assert.deepEqual(sink.writes, [["0102"]]);
  assert.ok(sink.writableEnded);
});
