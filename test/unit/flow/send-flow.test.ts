import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RtmfpError } from "../../../protocol/errors.ts";
import {
  MAX_MESSAGE_BYTES,
  QUEUED_FRAGMENT_BYTES,
  SEND_BUFFER_BYTES,
} from "../../../protocol/params.ts";
import { FragmentControl } from "../../../protocol/wire/chunks/user-data.ts";
import { utf8 } from "../../support/bytes.ts";
import { cpuTimeMs } from "../../support/cpu-time.ts";
import { Sender } from "../../support/sender.ts";

const { whole, begin, middle, end } = FragmentControl;

function withCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof RtmfpError && error.code === code;
}

test("§3.6.2.2 a message that fits is one fragment, the first has number 1", () => {
  const sender = new Sender(100);
  const flow = sender.open();
  sender.send(flow, "hello");
  sender.send(flow, "");
  const [first, second] = sender.packet();
  assert.equal(first?.sequenceNumber, 1);
  assert.equal(first?.forwardSequenceNumber, 0);
  assert.equal(first?.control, whole);
  assert.deepEqual(first?.data, utf8("hello"));
  assert.deepEqual([second?.sequenceNumber, second?.control, second?.data.length], [2, whole, 0]);
});

test("§3.6.2.2 a longer one is cut so that each fragment fits next to the startup options", () => {
  const sender = new Sender(100);
  const flow = sender.open({ metadata: new Uint8Array(20) });
  sender.send(flow, "x".repeat(250));
  const controls = sender.packets(120).flat();
  assert.deepEqual(
    controls.map(({ control }) => control),
    [begin, middle, middle, end],
  );
  assert.deepEqual(
    controls.map(({ data }) => data.length),
    [77, 77, 77, 19],
  );
  sender.acknowledge(flow, "0-4");
  sender.send(flow, "y".repeat(101));
  assert.deepEqual(
    sender.packet().map(({ data }) => data.length),
    [100, 1],
  );
});

test("§2.3.12 the beginning of a long message goes with the end of the one before, if that waits", () => {
  const sender = new Sender(100);
  const flow = sender.open();
  sender.acknowledge(flow, "0");
  sender.send(flow, "x".repeat(240));
  sender.send(flow, "y".repeat(256));
  const lengths = sender.packets(115).map((packet) => packet.map(({ data }) => data.length));
  assert.deepEqual(lengths, [[100], [100], [40, 56], [100], [100]]);
  sender.send(flow, "z".repeat(240));
  assert.deepEqual(
    sender.packets(115).map((packet) => packet.map(({ data }) => data.length)),
    [[100], [100], [40]],
  );
});

test("§3.6.2.2 fragments put together are the message, with contiguous numbers", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(700), { maxLength: 8 }),
      fc.integer({ min: 10, max: 200 }),
      (lengths, size) => {
        const sender = new Sender(size);
        const flow = sender.open();
        const texts = lengths.map((length, index) =>
          String.fromCharCode(97 + index).repeat(length),
        );
        for (const text of texts) sender.send(flow, text);
        const chunks = sender.packets().flat();
        const told: string[] = [];
        let parts = "";
        chunks.forEach(({ sequenceNumber, control, data }, index) => {
          assert.equal(sequenceNumber, index + 1);
          assert.equal(parts === "", control === whole || control === begin || data.length === 0);
          parts += new TextDecoder().decode(data);
          if (control !== whole && control !== end) return;
          told.push(parts);
          parts = "";
        });
        assert.deepEqual(told, texts);
      },
    ),
  );
});

test("§3.6.2.3.1 startup options: first chunk of the flow in every packet, until the first ack", () => {
  const sender = new Sender(100);
  const flow = sender.open({ metadata: utf8("meta"), returnAssociation: 9 });
  for (let count = 0; count < 6; count += 1) sender.send(flow, "x".repeat(60));
  const options = { metadata: utf8("meta"), returnAssociation: 9 };
  const first = sender.packet(200);
  assert.deepEqual(
    first.map((chunk) => chunk.options),
    [options, undefined],
  );
  assert.deepEqual(sender.packet(200)[0]?.options, options);
  sender.acknowledge(flow, "0");
  assert.deepEqual(sender.packet(200)[0]?.options, undefined);
});

test("§3.6.2.3.2 what continues the chunk before it goes as Next User Data", () => {
  const sender = new Sender(100);
  const flow = sender.open();
  for (let count = 0; count < 3; count += 1) sender.send(flow, "x");
  assert.deepEqual(
    sender.packet().map(({ isNext }) => isNext),
    [false, true, true],
  );
  sender.flows.loseAll();
  sender.acknowledge(flow, "0 2");
  const again = sender.packet();
  assert.deepEqual(
    again.map(({ sequenceNumber, isNext }) => [sequenceNumber, isNext]),
    [
      [1, false],
      [3, false],
    ],
  );
});

test("§3.6.2.3.2 the first fragment of a flow in a packet is never Next User Data", () => {
  const sender = new Sender(100);
  const flows = [sender.open(), sender.open()];
  for (const flow of flows) for (let count = 0; count < 2; count += 1) sender.send(flow, "x");
  assert.deepEqual(
    sender.packet().map(({ flowId, isNext }) => [flowId, isNext]),
    [
      [2, false],
      [2, true],
      [3, false],
      [3, true],
    ],
  );
});

test("§3.6.2.3 a chunk that does not fit waits for the next packet", () => {
  const sender = new Sender(100);
  const flow = sender.open();
  sender.send(flow, "x".repeat(90));
  sender.send(flow, "y".repeat(90));
  assert.equal(sender.packet(150).length, 1);
  assert.equal(sender.packet(150).length, 1);
  assert.equal(sender.packet(150).length, 0);
});

test("§3.6.2.4 what is acknowledged is delivered, each message once", () => {
  const sender = new Sender(100);
  const flow = sender.open({ metadata: new Uint8Array(0) });
  sender.sendNoted(flow, "a".repeat(150));
  sender.sendNoted(flow, "b");
  assert.equal(flow.queuedBytes, 151);
  sender.packets();
  sender.acknowledge(flow, "0 2");
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), []);
  assert.equal(flow.queuedBytes, 98);
  sender.acknowledge(flow, "0-3");
  sender.acknowledge(flow, "0-3");
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [
    ["a".repeat(150), true],
    ["b", true],
  ]);
  assert.equal(flow.queuedBytes, 0);
  assert.equal(sender.flows.outstandingBytes, 0);
});

test("§3.6.2.4 nothing is acknowledged that was never sent", () => {
  const sender = new Sender(100);
  const flow = sender.open();
  sender.sendNoted(flow, "one");
  sender.packet();
  sender.sendNoted(flow, "two");
  sender.acknowledge(flow, "0-1000000");
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [["one", true]]);
  assert.deepEqual(
    sender.packet().map(({ sequenceNumber }) => sequenceNumber),
    [2],
  );
});

test("a message, metadata and all that is queued have their limits", () => {
  const sender = new Sender();
  const flow = sender.open();
  const tooLong = new Uint8Array(MAX_MESSAGE_BYTES + 1);
  assert.throws(() => flow.send(tooLong, {}, 0), withCode("LIMIT"));
  const longest = tooLong.subarray(1);
  flow.send(longest, {}, 0);
  assert.throws(() => flow.send(longest, {}, 0), withCode("LIMIT"));
  assert.throws(() => sender.open({ metadata: new Uint8Array(513) }), RangeError);
});

test("the send buffer counts what small and empty messages take, too", () => {
  const most = SEND_BUFFER_BYTES / QUEUED_FRAGMENT_BYTES;
  for (const length of [0, QUEUED_FRAGMENT_BYTES]) {
    const flow = new Sender().open();
    const bytes = new Uint8Array(length);
    for (let count = 0; count < most / (length === 0 ? 1 : 2); count += 1) flow.send(bytes, {}, 0);
    assert.throws(() => flow.send(bytes, {}, 0), withCode("LIMIT"));
  }
});

test("the send buffer has room again for what was acknowledged", () => {
  const sender = new Sender();
  const flow = sender.open();
  const quarter = "x".repeat(SEND_BUFFER_BYTES / 8);
  for (let round = 0; round < 12; round += 1) {
    sender.send(flow, quarter);
    const numbers = sender
      .packets()
      .flat()
      .map(({ sequenceNumber }) => sequenceNumber);
    sender.acknowledge(flow, `0-${numbers.at(-1)}`, 1e9);
    while (flow.queuedBytes > 0) {
      const more = sender.packets().flat().at(-1);
      sender.acknowledge(flow, `0-${more?.sequenceNumber}`, 1e9);
    }
  }
});

test("§3.6.2.4 acknowledgements cost what is new in them, however much is queued or known already", () => {
  const sender = new Sender(100);
  const flow = sender.open({ metadata: new Uint8Array(0) });
  const queue = (): void => {
    for (let count = 0; count < 20_000; count += 1) flow.send(new Uint8Array(1), {}, 0);
  };
  queue();
  sender.packet();
  sender.acknowledge(flow, "0", 2 ** 40);
  const sent = sender.packets(65_000).flat().length;
  assert.ok(sent > 19_000);
  queue();
  for (let number = 2; number < sent; number += 2) sender.acknowledge(flow, `0 ${number}`);
  for (let number = 3; number < sent; number += 2) sender.acknowledge(flow, `0 ${number}`);
  const startedAt = cpuTimeMs();
  for (let from = 2; from < 5_002; from += 1) {
    const ranges = [{ from, to: 2 ** 45 }];
    sender.flows.acknowledge({ flowId: flow.id, bufferBytes: 1e9, cumulative: 0, ranges }, 0);
  }
  const elapsedMs = cpuTimeMs() - startedAt;
  assert.ok(elapsedMs < 500, `${elapsedMs} ms`);
});
