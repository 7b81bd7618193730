import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex } from "../../../protocol/bytes/hex.ts";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { MAX_METADATA_BYTES, RECV_FLOW_LINGER_MS } from "../../../protocol/params.ts";
import { readAckRanges } from "../../../protocol/wire/chunks/acknowledgement.ts";
import { FragmentControl, readUserData } from "../../../protocol/wire/chunks/user-data.ts";
import { utf8 } from "../../support/bytes.ts";
import { Receiver } from "../../support/receiver.ts";
import { inShort, Sender } from "../../support/sender.ts";

// What librtmfp, MonaServer and MonaServer2 do, as seen on the wire, and a flow has to live with.

test("MonaServer answers an unknown flow with exception and window 0: the flow is gone, nothing stalls", () => {
  for (const isExceptionFirst of [true, false]) {
    const sender = new Sender();
    const flow = sender.open();
    sender.sendNoted(flow, "nobody wants this");
    sender.send(flow, "nor this");
    sender.packet(40);
    if (isExceptionFirst) sender.flows.except(flow.id, 0);
    sender.acknowledge(flow, "0-1", 0);
    if (!isExceptionFirst) sender.flows.except(flow.id, 0);
    const told = new Set(sender.events.map(({ type }) => type));
    assert.deepEqual(told, new Set(["outcome", "flow-rejected"]));
    assert.equal(flow.queuedBytes, 0);
    const last = sender.packets().flat().at(-1);
    assert.ok(last?.final && last.abandoned);
    assert.equal(sender.advance(60_000), 0, "and is not probed");
    sender.acknowledge(flow, `0-${last.sequenceNumber}`, 0);
    assert.equal(flow.state, "COMPLETE_LINGER");
  }
});

test("data of number 0 opens no flow, and does not end one that is wanted", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 0, options: { metadata: utf8("m") } });
  assert.deepEqual([receiver.flows.size, receiver.events.length], [0, 0]);
  receiver.receive({ sequenceNumber: 1 });
  receiver.receive({ sequenceNumber: 0, final: true });
  receiver.receive({ sequenceNumber: 2 });
  assert.deepEqual(receiver.texts(), ["1", "2"]);
});

test("MonaServer2 answers an exception with final data of number 0: the flow is over, silent, and leaves", () => {
  for (const final of [true, false]) {
    const receiver = new Receiver();
    receiver.onFlow = (flow) => flow.reject();
    receiver.receive({ sequenceNumber: 1 });
    assert.equal(receiver.acks()[0]?.exceptionCode, 0);
    receiver.receive({ sequenceNumber: 0, final, abandoned: true });
    assert.equal(receiver.obligatory(), "");
    receiver.advance(RECV_FLOW_LINGER_MS);
    assert.equal(receiver.flows.size, final ? 0 : 1);
  }
});

test("the last chunk is empty and abandoned, flags 03 or, with options, 83", () => {
  for (const hex of ["03020202", "8302020203006d0000"]) {
    const receiver = new Receiver();
    receiver.receive({ sequenceNumber: 1 });
    receiver.receive(readUserData(new Reader(fromHex(hex))));
    assert.deepEqual([receiver.texts(), receiver.ends()], [["1"], [true]], hex);
  }
});

test("options are repeated in every chunk and fragment until the first acknowledgement", () => {
  const receiver = new Receiver();
  const options = { metadata: utf8("m") };
  receiver.receive({ sequenceNumber: 1, control: FragmentControl.begin, options });
  receiver.receive({ sequenceNumber: 2, control: FragmentControl.end, options });
  receiver.receive({ sequenceNumber: 3, options: { metadata: utf8("another") } });
  assert.deepEqual(receiver.texts(), ["12", "3"]);
  assert.equal(receiver.opened.length, 1);
  assert.deepEqual(receiver.flow.metadata, utf8("m"));
});

test("the first flow that answers is 1 with MonaServer2, 2 with MonaServer 1 and librtmfp: any will do", () => {
  for (const flowId of [1, 2, 77]) {
    const receiver = new Receiver();
    receiver.receive({ flowId, sequenceNumber: 1 });
    assert.deepEqual([receiver.flow.id, receiver.texts()], [flowId, ["1"]]);
  }
});

test("a constant huge window means nothing: what is in flight is up to congestion control", () => {
  const sender = new Sender();
  const flow = sender.open();
  const ack = readAckRanges(new Reader(fromHex("0283fe7f01")));
  assert.equal(ack.bufferBytes, 0xff7f * 1_024);
  sender.send(flow, "x");
  sender.packet();
  sender.flows.acknowledge(ack, 0);
  for (let count = 0; count < 100; count += 1) sender.send(flow, "x".repeat(900));
  let packets = 0;
  while (sender.packet(1_200, 8_192).length > 0) packets += 1;
  assert.equal(packets, 10);
});

test("librtmfp and MonaServer2 end the session at a window of 0: they are never told one", () => {
  const receiver = new Receiver("flash");
  receiver.onFlow = (flow) => flow.accept({ bufferBytes: 1_024, order: "hold" });
  receiver.receive({ sequenceNumber: 1, data: new Uint8Array(2_000) });
  assert.equal(receiver.acks()[0]?.bufferBytes, 1_024);
  receiver.receive({ sequenceNumber: 2 });
  assert.equal(receiver.obligatory(), "0-1", "and yet nothing more is taken");
});

test("librtmfp and MonaServer end the session at a Buffer Probe: they are never sent one", () => {
  const sender = new Sender(1_000, "flash");
  const flow = sender.open();
  sender.send(flow, "one");
  sender.packet();
  sender.acknowledge(flow, "0-1", 0);
  sender.send(flow, "two");
  sender.send(flow, "three");
  assert.deepEqual(sender.packets().flat().map(inShort), ["2 fsn 1"], "one chunk asks instead");
  assert.equal(sender.advance(60_000), 0);
  sender.flows.loseAll();
  assert.deepEqual(sender.packets().flat().map(inShort), ["2 fsn 1"]);
});

test("§2.3.11.1.1 metadata beyond the limit: the flow is rejected and nobody hears of it", () => {
  for (const [length, opened] of [
    [MAX_METADATA_BYTES, 1],
    [MAX_METADATA_BYTES + 1, 0],
  ] as const) {
    const receiver = new Receiver();
    receiver.receive({ options: { metadata: new Uint8Array(length) } });
    assert.equal(receiver.opened.length, opened);
  }
});
