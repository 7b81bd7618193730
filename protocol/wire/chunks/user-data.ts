import { readOption, writeMarker, writeOption } from "../../bytes/options.ts";
import { Reader } from "../../bytes/reader.ts";
import { vluLength, Writer } from "../../bytes/writer.ts";
import { MalformedError } from "../../errors.ts";
import { beginChunk, ChunkType, endChunk, HEADER_LENGTH } from "../chunk.ts";

/** How a fragment is assembled into a message, RFC 7016 §2.3.11. */
export const FragmentControl = { whole: 0, begin: 1, end: 2, middle: 3 } as const;
export type FragmentControl = (typeof FragmentControl)[keyof typeof FragmentControl];

/** What User Data and Next User Data have in common, RFC 7016 §2.3.11 and §2.3.12. */
export interface NextUserData {
  readonly control: FragmentControl;
  readonly abandoned: boolean;
  readonly final: boolean;
  readonly options: UserDataOptions | undefined;
  readonly data: Uint8Array;
}

export interface UserData extends NextUserData {
  readonly flowId: number;
  readonly sequenceNumber: number;
  /** Nothing up to and including this number will be sent (again). */
  readonly forwardSequenceNumber: number;
}

/** RFC 7016 §2.3.11.1 */
export interface UserDataOptions {
  readonly metadata?: Uint8Array | undefined;
  /** The receiver's own sending flow that this flow answers. */
  readonly returnAssociation?: number | undefined;
  /** An option below 0x2000 that we do not know: the flow has to be rejected. */
  readonly hasUnknownMandatory?: boolean | undefined;
}

/**
 *     flags(1): 0x80 OPT 0x30 FRA 0x02 ABN 0x01 FIN
 *     flowID:VLU sequenceNumber:VLU fsnOffset:VLU [optionList if OPT] data:rest
 */
export function readUserData(reader: Reader): UserData {
  const flags = reader.u8();
  const flowId = reader.vlu();
  const sequenceNumber = reader.vlu();
  const fsnOffset = reader.vlu();
  if (fsnOffset > sequenceNumber) throw new MalformedError("fsnOffset above the sequence number");
  const forwardSequenceNumber = sequenceNumber - fsnOffset;
  return withNumbers(flowId, sequenceNumber, forwardSequenceNumber, readBody(reader, flags));
}

/** `flags(1) [optionList if OPT] data:rest` */
export function readNextUserData(reader: Reader): NextUserData {
  return readBody(reader, reader.u8());
}

/**
 * A chunk with its numbers, which those of a Next User Data have from the chunk before it. There may be a
 * million in a second, and a literal takes a fraction of the time of a copy.
 */
export function withNumbers(
  flowId: number,
  sequenceNumber: number,
  forwardSequenceNumber: number,
  { control, abandoned, final, options, data }: NextUserData,
): UserData {
  return {
    flowId,
    sequenceNumber,
    forwardSequenceNumber,
    control,
    abandoned,
    final,
    options,
    data,
  };
}

function readBody(reader: Reader, flags: number): NextUserData {
  return {
    control: ((flags & FRAGMENT_CONTROL) >> FRAGMENT_SHIFT) as FragmentControl,
    abandoned: (flags & ABANDONED) !== 0,
    final: (flags & FINAL) !== 0,
    options: flags & OPTIONS ? readUserDataOptions(reader) : undefined,
    data: reader.rest(),
  };
}

function readUserDataOptions(reader: Reader): UserDataOptions {
  const options: { -readonly [Key in keyof UserDataOptions]: UserDataOptions[Key] } = {};
  for (let option = readOption(reader); option; option = readOption(reader)) {
    if (option.type === METADATA) options.metadata = option.value;
    else if (option.type === RETURN_ASSOCIATION) {
      options.returnAssociation = new Reader(option.value).vlu();
    } else if (option.type < FIRST_IGNORABLE) options.hasUnknownMandatory = true;
  }
  return options;
}

/** An option list with its Marker, ready to go in front of a chunk's data. */
export function encodeUserDataOptions(options: UserDataOptions): Uint8Array {
  const writer = new Writer(64);
  if (options.metadata) writeOption(writer, METADATA, options.metadata);
  if (options.returnAssociation !== undefined) {
    const value = new Writer(8).vlu(options.returnAssociation).bytes();
    writeOption(writer, RETURN_ASSOCIATION, value);
  }
  writeMarker(writer);
  return writer.finish();
}

/** What a sender puts into a chunk; options are encoded already, as they repeat. */
export interface OutgoingUserData {
  readonly flowId: number;
  readonly sequenceNumber: number;
  readonly forwardSequenceNumber: number;
  readonly control: FragmentControl;
  readonly abandoned: boolean;
  readonly final: boolean;
  readonly encodedOptions: Uint8Array | undefined;
  readonly data: Uint8Array;
}

/** Bytes of the whole chunk. */
export function userDataSize(chunk: OutgoingUserData): number {
  return (
    HEADER_LENGTH +
    1 +
    vluLength(chunk.flowId) +
    vluLength(chunk.sequenceNumber) +
    vluLength(chunk.sequenceNumber - chunk.forwardSequenceNumber) +
    (chunk.encodedOptions?.length ?? 0) +
    chunk.data.length
  );
}

export function writeUserData(writer: Writer, chunk: OutgoingUserData): void {
  const start = beginChunk(writer, ChunkType.userData);
  writer
    .u8(userDataFlags(chunk))
    .vlu(chunk.flowId)
    .vlu(chunk.sequenceNumber)
    .vlu(chunk.sequenceNumber - chunk.forwardSequenceNumber);
  if (chunk.encodedOptions) writer.put(chunk.encodedOptions);
  writer.put(chunk.data);
  endChunk(writer, start);
}

/** Bytes of the whole chunk; Next User Data of ours never carries options. */
export function nextUserDataSize(data: Uint8Array): number {
  return HEADER_LENGTH + 1 + data.length;
}

export function writeNextUserData(writer: Writer, chunk: OutgoingUserData): void {
  const start = beginChunk(writer, ChunkType.nextUserData);
  writer.u8(userDataFlags(chunk)).put(chunk.data);
  endChunk(writer, start);
}

function userDataFlags(chunk: OutgoingUserData): number {
  return (
    (chunk.encodedOptions ? OPTIONS : 0) |
    (chunk.control << FRAGMENT_SHIFT) |
    (chunk.abandoned ? ABANDONED : 0) |
    (chunk.final ? FINAL : 0)
  );
}

const OPTIONS = 0x80;
const FRAGMENT_CONTROL = 0x30;
const FRAGMENT_SHIFT = 4;
const ABANDONED = 0x02;
const FINAL = 0x01;

const METADATA = 0x00;
const RETURN_ASSOCIATION = 0x0a;
const FIRST_IGNORABLE = 0x2000;
