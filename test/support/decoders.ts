import { parseCandidates } from "../../peer/traversal/candidates.ts";
import { decodeNatReport } from "../../peer/traversal/nat-report.ts";
import { decodePunchSignal } from "../../peer/traversal/punch-signal.ts";
import { decodeAmf0 } from "../../protocol/amf/amf0-decode.ts";
import { decodeAmf3 } from "../../protocol/amf/amf3-decode.ts";
import { type AmfValue, isAmfObject } from "../../protocol/amf/value.ts";
import { readOption } from "../../protocol/bytes/options.ts";
import { Reader } from "../../protocol/bytes/reader.ts";
import { readAddressQuery } from "../../protocol/crypto/address-query.ts";
import { readCanonicalSection } from "../../protocol/crypto/certificate-content.ts";
import { readEndpointDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { readKeyingComponent } from "../../protocol/crypto/keying-component.ts";
import { describeAudio } from "../../protocol/flv/audio.ts";
import { readKeyframes, readMetadata } from "../../protocol/flv/keyframe-index.ts";
import { FlvReader } from "../../protocol/flv/reader.ts";
import { describeVideo } from "../../protocol/flv/video.ts";
import { boxesIn, readBoxHeader } from "../../protocol/mp4/box.ts";
import { decodeMovie } from "../../protocol/mp4/movie.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { splitAggregate } from "../../protocol/rtmp/aggregate.ts";
import { readChunkHeader } from "../../protocol/rtmp/chunk-header.ts";
import { ChunkReader } from "../../protocol/rtmp/chunk-reader.ts";
import { decodeControl } from "../../protocol/rtmp/control.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../protocol/rtmp/handshake.ts";
import { type Message, MessageType } from "../../protocol/rtmp/message.ts";
import { readQuery } from "../../protocol/rtmp/name-query.ts";
import { decodeSharedObject } from "../../protocol/rtmp/shared-object.ts";
import { decodeUserControl } from "../../protocol/rtmp/user-control.ts";
import { unsealStartup } from "../../protocol/session/startup-packet.ts";
import { decodeCommand, decodeData } from "../../protocol/tc/command.ts";
import { readEnhancedCapabilities } from "../../protocol/tc/enhanced-capabilities.ts";
import { decodeFlowMessage } from "../../protocol/tc/flow-message.ts";
import { decodeFlowMetadata } from "../../protocol/tc/flow-metadata.ts";
import { classify } from "../../protocol/tc/media.ts";
import { readPlayRequest } from "../../protocol/tc/playback.ts";
import { readAddress } from "../../protocol/wire/address.ts";
import { readChunk } from "../../protocol/wire/chunk.ts";
import { readAckBitmap, readAckRanges } from "../../protocol/wire/chunks/acknowledgement.ts";
import { readBufferProbe } from "../../protocol/wire/chunks/buffer-probe.ts";
import { readCookieChange } from "../../protocol/wire/chunks/cookie-change.ts";
import { readFIHello } from "../../protocol/wire/chunks/fihello.ts";
import { readFlowException } from "../../protocol/wire/chunks/flow-exception.ts";
import { readIHello } from "../../protocol/wire/chunks/ihello.ts";
import { readIIKeying } from "../../protocol/wire/chunks/iikeying.ts";
import { readPacketFragment } from "../../protocol/wire/chunks/packet-fragment.ts";
import { readRedirect } from "../../protocol/wire/chunks/redirect.ts";
import { readRHello } from "../../protocol/wire/chunks/rhello.ts";
import { readRIKeying } from "../../protocol/wire/chunks/rikeying.ts";
import { readNextUserData, readUserData } from "../../protocol/wire/chunks/user-data.ts";
import { readPacketHeader } from "../../protocol/wire/packet.ts";
import { readRelayedDatagram } from "../../protocol/wire/relayed-datagram.ts";
import { pooledIdentity } from "./station.ts";

/** What reads bytes that a far end has sent: a value, or MalformedError. */
export type Decoder = (bytes: Uint8Array) => unknown;

const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(5));

const fromReader =
  (read: (reader: Reader) => unknown): Decoder =>
  (bytes) =>
    read(new Reader(bytes));

const message = (type: number, payload: Uint8Array): Message => ({
  type,
  streamId: 1,
  timestampMs: 0,
  payload,
});

/** `decode` for a message of each of these types. */
const ofTypes =
  (decode: (message: Message) => unknown, types: readonly number[]): Decoder =>
  (bytes) =>
    types.map((type) => decode(message(type, bytes)));

/** `decode` for the value that comes first in the bytes: what peers tell each other is AMF. */
const ofAmf =
  (decode: (value: AmfValue) => unknown): Decoder =>
  (bytes) =>
    decode(decodeAmf0(bytes)[0]);

const RTMP_VERSION = 3;

/** Calls `next` until it has nothing more. */
function all(next: () => unknown): void {
  while (next() !== undefined);
}

const { setChunkSize, abort, acknowledgement, windowAckSize, setPeerBandwidth } = MessageType;
const { commandAmf0, commandAmf3, dataAmf0, dataAmf3, audio, video } = MessageType;

/** Every decoder of `protocol/`, by its name, and those of what peers have passed on to each other. */
export const decoders: Readonly<Record<string, Decoder>> = {
  classify: ofTypes(classify, [audio, video, dataAmf0, dataAmf3]),
  decodeAmf0: (bytes) => decodeAmf0(bytes),
  decodeAmf3: (bytes) => decodeAmf3(bytes),
  decodeCommand: ofTypes(decodeCommand, [commandAmf0, commandAmf3]),
  decodeControl: (bytes) =>
    [setChunkSize, abort, acknowledgement, windowAckSize, setPeerBandwidth].map((type) =>
      decodeControl({ ...message(type, bytes), streamId: 0 }),
    ),
  decodeData: ofTypes(decodeData, [dataAmf0, dataAmf3]),
  decodeFlowMessage: (bytes) => decodeFlowMessage(bytes, 1),
  decodeFlowMetadata,
  decodeMovie: (bytes) => decodeMovie(bytes),
  decodeNatReport: ofAmf(decodeNatReport),
  decodePunchSignal: ofAmf(decodePunchSignal),
  decodeSharedObject: ofTypes(decodeSharedObject, [
    MessageType.sharedObjectAmf0,
    MessageType.sharedObjectAmf3,
  ]),
  decodeUserControl,
  describeAudio,
  describeVideo,
  unsealStartup: (bytes) => unsealStartup(crypto, bytes),
  readAckBitmap: fromReader(readAckBitmap),
  readAckRanges: fromReader(readAckRanges),
  readAddressQuery,
  readEnhancedCapabilities: ofAmf((value) =>
    isAmfObject(value) ? readEnhancedCapabilities(value) : undefined,
  ),
  readKeyframes,
  readMetadata,
  readPlayRequest: (bytes) => readPlayRequest(decodeAmf0(bytes)),
  readQuery: (bytes) => readQuery(new TextDecoder().decode(bytes)),
  readRelayedDatagram,
  readBoxHeader,
  boxesIn: (bytes) => [...boxesIn(bytes)],
  readAddress: fromReader(readAddress),
  readBufferProbe: fromReader(readBufferProbe),
  readCanonicalSection,
  readCertificate: (bytes) => crypto.readCertificate(bytes),
  readChunk: (bytes) => {
    const reader = new Reader(bytes);
    all(() => readChunk(bytes, reader));
  },
  readChunkHeader: (bytes) => readChunkHeader(bytes, 0),
  readCookieChange: fromReader(readCookieChange),
  readEndpointDiscriminator,
  readFIHello: fromReader(readFIHello),
  readFlowException: fromReader(readFlowException),
  readIHello: fromReader(readIHello),
  readIIKeying: fromReader(readIIKeying),
  readKeyingComponent,
  readNextUserData: fromReader(readNextUserData),
  readOption: (bytes) => {
    const reader = new Reader(bytes);
    while (reader.remaining > 0) readOption(reader);
  },
  readPacketFragment: fromReader(readPacketFragment),
  readPacketHeader: fromReader(readPacketHeader),
  readRHello: fromReader(readRHello),
  readRIKeying: fromReader(readRIKeying),
  readRedirect: fromReader(readRedirect),
  readUserData: fromReader(readUserData),
  parseCandidates: ofAmf(parseCandidates),
  splitAggregate: ofTypes(splitAggregate, [MessageType.aggregate]),
  ChunkReader: (bytes) => {
    const reader = new ChunkReader();
    reader.push(bytes);
    all(() => reader.next());
  },
  FlvReader: (bytes) => {
    const reader = new FlvReader();
    reader.push(bytes);
    all(() => reader.next());
  },
  PlainHandshake: (bytes) => {
    const handshake = PlainHandshake.server(new Uint8Array(HANDSHAKE_RANDOM_BYTES));
    handshake.receive(Uint8Array.of(RTMP_VERSION, ...bytes)); // Others are refused at once.
    all(() => handshake.poll());
  },
};
