/**
 * The protocols without input and output: bytes and time in, datagrams and events out. They run
 * wherever ECMAScript runs; `rtmfp/protocol/node` connects them to sockets, clock and OpenSSL.
 */

// Values
export { type Amf0DecodeOptions, decodeAmf0 } from "./amf/amf0-decode.ts";
export { encodeAmf0 } from "./amf/amf0-encode.ts";
export { decodeAmf3 } from "./amf/amf3-decode.ts";
export { encodeAmf3 } from "./amf/amf3-encode.ts";
export {
  AmfExternalizable,
  AmfMixedArray,
  type AmfTraits,
  AmfVector,
  type AmfVectorItems,
  AmfWeakDictionary,
  AmfXml,
  amfTraits,
} from "./amf/amf3-value.ts";
export type { Amf3Options, ExternalizableCodec } from "./amf/externalizable.ts";
export {
  AmfDate,
  type AmfDateLike,
  type AmfObject,
  type AmfValue,
  AmfXmlDocument,
  amfArrayCount,
  amfClassName,
  amfUnsupported,
  ecmaArray,
  typedObject,
} from "./amf/value.ts";
export { fromHex, toHex } from "./bytes/hex.ts";
export type { Reader } from "./bytes/reader.ts";
export type { Writer } from "./bytes/writer.ts";
// Who an endpoint is
export type { Certificate, Crypto } from "./crypto/crypto.ts";
export {
  canonicalFingerprint,
  type EndpointDiscriminator,
  peerDiscriminator,
  readEndpointDiscriminator,
  serverDiscriminator,
  writeEndpointDiscriminator,
} from "./crypto/endpoint-discriminator.ts";
export { createFlashCrypto } from "./crypto/flash.ts";
export type {
  FlashCryptoOptions,
  HmacOptions,
  PasswordOptions,
  ProtectionOptions,
} from "./crypto/flash-options.ts";
export {
  createIdentity,
  DEFAULT_GROUPS,
  type Identity,
  type IdentityOptions,
} from "./crypto/identity.ts";
export type { Group, KeyPair, Primitives } from "./crypto/primitives.ts";
export { restoreIdentity, type StoredIdentity, storeIdentity } from "./crypto/stored-identity.ts";
// RTMFP
export { Driver } from "./driver.ts";
export { invariant, MalformedError, RtmfpError, type RtmfpErrorCode } from "./errors.ts";
export type { AcceptOptions, ReceiveOrder } from "./flow/accept-options.ts";
export type { FlowEvent } from "./flow/events.ts";
export type { OutgoingMessage, SendOptions } from "./flow/outgoing-message.ts";
export type { RecvFlow, RecvFlowState } from "./flow/recv-flow.ts";
export type { SendFlow, SendFlowState } from "./flow/send-flow.ts";
export type { SendFlowOptions } from "./flow/send-flow-options.ts";
export { type AudioFacts, type AudioPacket, describeAudio } from "./flv/audio.ts";
export { FlvReader, type FlvReaderOptions } from "./flv/reader.ts";
export {
  encodeFlvHeader,
  encodeFlvTag,
  type FlvHeader,
  type FlvTag,
  FlvTagType,
} from "./flv/tag.ts";
export {
  describeVideo,
  type VideoFacts,
  type VideoFrameType,
  type VideoPacket,
} from "./flv/video.ts";
export type { Alarm, Io, Link, Receive } from "./io.ts";
export {
  type Authmod,
  answerAuthmod,
  type Credentials,
  type Md5,
} from "./rtmp/authmod.ts";
// RTMP
export { type ChunkLimits, ChunkReader } from "./rtmp/chunk-reader.ts";
export { ChunkWriter } from "./rtmp/chunk-writer.ts";
export {
  RtmpConnection,
  type RtmpConnectionOptions,
  type RtmpOutput,
} from "./rtmp/connection.ts";
export { BandwidthLimit, encodeControl, type ProtocolControl } from "./rtmp/control.ts";
export { rtmpeClientHandshake, serverHandshake } from "./rtmp/digest-handshake.ts";
export {
  HANDSHAKE_RANDOM_BYTES,
  type Handshake,
  PlainHandshake,
  type StreamCiphers,
} from "./rtmp/handshake.ts";
export { type Message, MessageType } from "./rtmp/message.ts";
export { RtmptClient, type RtmptClientRequest } from "./rtmp/rtmpt-client.ts";
export { RtmptServer, type RtmptServerOptions } from "./rtmp/rtmpt-server.ts";
export type {
  RespondRtmpt,
  RtmptResponse,
  RtmptSession,
  RtmptSessionHandler,
} from "./rtmp/rtmpt-session.ts";
export type { SwfFacts } from "./rtmp/swf-verification.ts";
export { parseRtmpUrl, type RtmpScheme, type RtmpUrl } from "./rtmp/url.ts";
export {
  decodeUserControl,
  encodeUserControl,
  type StreamEvent,
  type UserControl,
} from "./rtmp/user-control.ts";
export type { CongestionMode } from "./session/congestion.ts";
export { Endpoint, type EndpointStats } from "./session/endpoint.ts";
export type { EndpointOptions } from "./session/endpoint-options.ts";
export type { Datagram, EndpointEvent, LinkId, Output, Path, Transmit } from "./session/events.ts";
export type { OpenCandidate, Opening, OpeningState } from "./session/opening.ts";
export type { Session } from "./session/session.ts";
export type { SessionLimits } from "./session/session-limits.ts";
export type { SessionState, SessionStats, SessionTerms } from "./session/session-terms.ts";
// NetConnections and NetStreams over either
export type { OnReply, Reply } from "./tc/calls.ts";
export { ChunkTransport } from "./tc/chunk-transport.ts";
export {
  type ClientApplication,
  ClientConnection,
  type ConnectOptions,
} from "./tc/client-connection.ts";
export type { ClientStream, ClientStreamHandler } from "./tc/client-stream.ts";
export {
  type Command,
  type DataMessage,
  decodeCommand,
  decodeData,
  encodeCommand,
  encodeData,
  type ObjectEncoding,
} from "./tc/command.ts";
export { decodeFlowMetadata, type FlowMetadata } from "./tc/flow-metadata.ts";
export { type AcceptTransport, FlowRouter, type FlowRouterOptions } from "./tc/flow-router.ts";
export type { FlowTransport, FlowTransportOptions } from "./tc/flow-transport.ts";
export { LiveStream, type Playable, type Player, type Publisher } from "./tc/live-stream.ts";
export { classify, type MediaKind, type MediaMessage } from "./tc/media.ts";
export { NetConnection, type NetConnectionHandler } from "./tc/net-connection.ts";
export { PeerStreamPublisher, PeerStreamSubscriber } from "./tc/peer-stream.ts";
export type { ConnectRequest, ServerApplication } from "./tc/server-application.ts";
export { ServerConnection, type ServerConnectionOptions } from "./tc/server-connection.ts";
export type { Status } from "./tc/status.ts";
export type { MediaDeadlines } from "./tc/stream-sender.ts";
export type { Transport, TransportHandler } from "./tc/transport.ts";
export {
  type Address,
  type CandidateAddress,
  formatAddress,
  Origin,
  sameAddress,
} from "./wire/address.ts";
export type { FIHello } from "./wire/chunks/fihello.ts";
export type { IHello } from "./wire/chunks/ihello.ts";
export type { Compat } from "./wire/compat.ts";
