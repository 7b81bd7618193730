import assert from "node:assert/strict";
import { test } from "node:test";
import { AmfVector } from "../../../protocol/amf/amf3-value.ts";
import { type AmfValue, createAmfObject, isAmfObject } from "../../../protocol/amf/value.ts";
import { toHex } from "../../../protocol/bytes/hex.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import type { Reply } from "../../../protocol/tc/calls.ts";
import {
  type Command,
  decodeCommand,
  decodeData,
  encodeCommand,
  type ObjectEncoding,
} from "../../../protocol/tc/command.ts";
import { lines } from "../../support/tc-lines.ts";
import { type Line, memoryLine, Stand } from "../../support/tc-stand.ts";

const { commandAmf0, commandAmf3, dataAmf0, dataAmf3 } = MessageType;

/** The commands that an end sends, as type and name, such as `17 connect`. */
function spiedOn(end: Line["one"], sent: string[]): Line["one"] {
  const { transport } = end;
  return {
    transport: {
      send(message, options, now) {
        const command = decodeCommand(message);
        if (command) sent.push(`${message.type} ${command.name}`);
        return transport.send(message, options, now);
      },
      synchronize: (streamIds, now) => transport.synchronize(streamIds, now),
      closeStream: (streamId) => transport.closeStream(streamId),
      close: () => transport.close(),
    },
    set handler(handler: Line["one"]["handler"]) {
      end.handler = handler;
    },
    get handler() {
      return end.handler;
    },
  };
}

class Encoded {
  readonly bySelf: string[] = [];
  readonly byServer: string[] = [];
  readonly stand: Stand;
  reply: Reply | undefined;

  constructor(objectEncoding: ObjectEncoding | undefined, properties = {}, line = memoryLine()) {
    this.stand = new Stand({
      one: spiedOn(line.one, this.bySelf),
      other: spiedOn(line.other, this.byServer),
      carry: (now) => line.carry(now),
    });
    const options = { app: "live", tcUrl: "rtmp://test/live", objectEncoding, properties };
    const onReply = (reply: Reply): void => {
      this.reply = reply;
    };
    this.stand.caller.connect(options, onReply, 0);
    line.carry();
  }

  get agreed(): AmfValue {
    const [info] = this.reply?.values ?? [];
    return info !== undefined && isAmfObject(info) ? info.objectEncoding : undefined;
  }
}

for (const [how, make] of lines) {
  test(`§7.2.1.1 a client that asks for AMF3 gets it, after the answer, ${how}`, async () => {
    const made = new Encoded(3, {}, await make());
    assert.equal(made.agreed, 3);
    made.stand.caller.setPeerInfo(["192.0.2.1:1935"], 0);
    const { notes } = made.stand.playing("cam");
    assert.deepEqual(notes.codes, ["Play.Reset", "Play.Start"]);
    assert.deepEqual(made.bySelf, ["20 connect", "20 setPeerInfo", "17 createStream", "17 play"]);
    assert.deepEqual(made.byServer, ["20 _result", "17 _result", "17 onStatus", "17 onStatus"]);
  });
}

test("§7.2.1.1 a client that does not ask for AMF3 gets AMF0", () => {
  for (const made of [
    new Encoded(undefined),
    new Encoded(0),
    new Encoded(0, { objectEncoding: 3 }),
  ]) {
    assert.equal(made.agreed, 0);
    made.stand.playing("cam");
    const sent = [...made.bySelf, ...made.byServer];
    assert.deepEqual(
      sent.filter((line) => !line.startsWith("20 ")),
      [],
    );
  }
});

test("§7.2.1.1 a client writes AMF0 to a server that does not agree to AMF3", () => {
  for (const [object, values] of [
    [null, [{ objectEncoding: 0 }]],
    [null, []],
    [{ objectEncoding: 1 }, ["3"]],
  ] satisfies [AmfValue, AmfValue[]][]) {
    const { caller } = new Stand();
    caller.connect({ app: "live", tcUrl: "", objectEncoding: 3 }, () => {}, 0);
    const answer = { name: "_result", transactionId: 1, object, args: values };
    caller.net.onMessage(encodeCommand(answer, 0), false, 0);
    assert.equal(caller.net.objectEncoding, 0);
  }
});

test("RFC 7425 §5.3.3 in AMF3, names and numbers stay in AMF0 and objects switch", () => {
  const command = { name: "f", transactionId: 2, object: null, args: [{ a: 1 }, "s", true] };
  const { type, payload } = encodeCommand(command, 1, 3);
  assert.equal(type, commandAmf3);
  const object = "110a0b010361040101";
  assert.equal(toHex(payload), `000200016600400000000000000005${object}020001730101`);
});

test("RFC 7425 §5.3.3 what only AMF3 has survives a command in it", () => {
  const object = Object.assign(createAmfObject(), { bytes: Uint8Array.of(1, 2) });
  const args: AmfValue[] = [new Map([["a", [1]]]), new AmfVector(Float64Array.of(0.5)), object];
  const command: Command = { name: "f", transactionId: 0, object, args };
  assert.deepEqual(decodeCommand(encodeCommand(command, 1, 3)), command);
  assert.throws(() => encodeCommand(command, 1), TypeError);
});

test("§7.1.2 data of either type holds values in AMF3", () => {
  const { payload } = encodeCommand(
    { name: "onData", transactionId: 0, object: [7], args: [] },
    0,
    3,
  );
  const data = { name: "onData", values: [0, [7]] };
  for (const [type, bytes] of [
    [dataAmf3, payload],
    [dataAmf3, payload.subarray(1)],
    [dataAmf0, payload.subarray(1)],
  ] satisfies [number, Uint8Array][]) {
    assert.deepEqual(decodeData({ type, streamId: 1, timestampMs: 0, payload: bytes }), data);
  }
});

test("§7.1.1 an object of an unknown externalizable class spoils its command alone", () => {
  const { stand } = new Encoded(3);
  const unknown = Uint8Array.of(
    ...[0, 2, 0, 1, 0x66, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5],
    0x11,
    0x0a,
    7,
    3,
    0x58,
  );
  const message: Message = { type: commandAmf3, streamId: 0, timestampMs: 0, payload: unknown };
  stand.connection.net.onMessage(message, false, 0);
  assert.equal(stand.server.malformed, 1);
  assert.ok(stand.call("known") === undefined && stand.server.calls.includes("known"));
  assert.ok(stand.call("createStream")?.isResult);
});

test("§7.1.1 a server that agreed to AMF3 reads AMF0 as well", () => {
  const { stand } = new Encoded(3);
  stand.caller.net.objectEncoding = 0;
  assert.ok(stand.call("createStream")?.isResult);
  assert.equal(
    encodeCommand({ name: "f", transactionId: 0, object: null, args: [] }, 0).type,
    commandAmf0,
  );
});
