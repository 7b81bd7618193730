import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import {
  encodeUserDataOptions,
  FragmentControl,
  type OutgoingUserData,
  readUserData,
  type UserData,
  type UserDataOptions,
  userDataSize,
  writeUserData,
} from "../../../protocol/wire/chunks/user-data.ts";
import { hex, utf8 } from "../../support/bytes.ts";
import {
  anyBytes,
  anyVlu,
  assertTotal,
  assertTruncationsMalformed,
  chunkOf,
  onlyChunk,
  readOnly,
} from "../../support/chunk-laws.ts";

const whole: UserData = {
  flowId: 2,
  sequenceNumber: 5,
  forwardSequenceNumber: 2,
  control: FragmentControl.whole,
  abandoned: false,
  final: false,
  options: undefined,
  data: hex("000102"),
};

const metadata = fc.uint8Array({ maxLength: 512 });
const anyOptions: fc.Arbitrary<UserDataOptions | undefined> = fc.option(
  fc.oneof(
    fc.record({ metadata }, { noNullPrototype: true }),
    fc.record({ metadata, returnAssociation: anyVlu }, { noNullPrototype: true }),
    fc.record({ returnAssociation: anyVlu }, { noNullPrototype: true }),
    fc.constant({}),
  ),
  { nil: undefined },
);

const anyUserData: fc.Arbitrary<UserData> = fc
  .record(
    {
      flowId: anyVlu,
      sequenceNumber: anyVlu,
      back: anyVlu,
      control: fc.constantFrom(...Object.values(FragmentControl)),
      abandoned: fc.boolean(),
      final: fc.boolean(),
      options: anyOptions,
      data: anyBytes,
    },
    { noNullPrototype: true },
  )
  .map(({ back, ...rest }) => ({
    ...rest,
    forwardSequenceNumber: Math.max(0, rest.sequenceNumber - back),
  }));

function outgoing({ options, ...rest }: UserData): OutgoingUserData {
  return { ...rest, encodedOptions: options && encodeUserDataOptions(options) };
}

function encode(chunk: UserData): Uint8Array {
  return chunkOf((writer) => writeUserData(writer, outgoing(chunk)));
}

test("§2.3.12 Figure 3: its first chunk", () => {
  const bytes = hex("10 0007 00 02 05 03 000102");
  assert.deepEqual(readOnly(bytes, ChunkType.userData, readUserData), whole);
  assert.deepEqual(encode(whole), bytes);
});

test("§2.3.11 each flag has its bit", () => {
  const cases: readonly [string, Partial<UserData>][] = [
    ["10 0007 00", {}],
    ["10 0007 10", { control: FragmentControl.begin }],
    ["10 0007 20", { control: FragmentControl.end }],
    ["10 0007 30", { control: FragmentControl.middle }],
    ["10 0007 02", { abandoned: true }],
    ["10 0007 01", { final: true }],
  ];
  for (const [text, change] of cases) {
    const bytes = hex(`${text} 02 05 03 000102`);
    assert.deepEqual(encode({ ...whole, ...change }), bytes);
    assert.deepEqual(readUserData(onlyChunk(bytes).payload), { ...whole, ...change });
  }
});

test("§2.3.11 reserved flags are ignored", () => {
  assert.deepEqual(readUserData(new Reader(hex("4c 02 05 03 000102"))), whole);
});

test("§2.3.11.1 the opening chunk of a flow, and of one that answers it", () => {
  const opening = readUserData(new Reader(hex("80 02 01 01 05 00 54430400 00 14 00000000")));
  assert.deepEqual(opening.options, { metadata: hex("54430400") });
  assert.deepEqual(opening.data, hex("14 00000000"));
  const answer = readUserData(new Reader(hex("80 02 01 01 05 00 54430400 02 0a 02 00 aa")));
  assert.deepEqual(answer.options, { metadata: hex("54430400"), returnAssociation: 2 });
  assert.deepEqual(answer.data, hex("aa"));
});

test("§2.3.11.1.1 metadata may be empty, which is not the same as none", () => {
  const empty = readUserData(new Reader(hex("80 02 01 01 01 00 00")));
  assert.deepEqual(empty.options, { metadata: hex("") });
  const none = readUserData(new Reader(hex("80 02 01 01 00")));
  assert.deepEqual(none.options, {});
});

test("§2.3.11.1 unknown options: below 8192 the flow is to be rejected, above they do not matter", () => {
  const options = (type: string): UserDataOptions | undefined =>
    readUserData(new Reader(hex(`80 02 01 01 ${type} 01 00 00`))).options;
  assert.deepEqual(options("02 33 aa"), { hasUnknownMandatory: true, metadata: hex("") });
  assert.deepEqual(options("02 bf7f"), { hasUnknownMandatory: true, metadata: hex("") });
  assert.deepEqual(options("03 c000 aa"), { metadata: hex("") });
});

test("§2.3.11 fsnOffset above the sequence number is malformed", () => {
  assert.throws(() => readUserData(new Reader(hex("00 02 05 06"))), MalformedError);
});

test("§2.3.11 fsnOffset 0 of an abandoned chunk is a Forward Sequence Number Update", () => {
  const update = readUserData(new Reader(hex("02 03 3c 00")));
  assert.equal(update.abandoned, true);
  assert.equal(update.forwardSequenceNumber, 60);
});

test("§2.3.11 every User Data is read back and has the size it was told to have", () => {
  fc.assert(
    fc.property(anyUserData, (chunk) => {
      const bytes = encode(chunk);
      assert.equal(userDataSize(outgoing(chunk)), bytes.length);
      assert.deepEqual(readOnly(bytes, ChunkType.userData, readUserData), chunk);
    }),
  );
});

test("§2.3.11 any bytes are User Data or malformed", () => {
  assertTotal({
    type: ChunkType.userData,
    read: readUserData,
    write: (writer, chunk) => writeUserData(writer, outgoing(chunk)),
    value: anyUserData,
  });
});

test("§2.3.11 numbers or an option list that are cut off are malformed", () => {
  const text = "80 8102 8101 01 05 00 54430400 02 0a 02 00";
  assertTruncationsMalformed(readUserData, hex(text), hex(text).length);
});

test("§2.3.11 data is a view of the packet", () => {
  const packet = new Uint8Array([...hex("00 02 05 03"), ...utf8("hello")]);
  assert.equal(readUserData(new Reader(packet)).data.buffer, packet.buffer);
});
