/** The protocols' connection to Node.js: sockets, clock, cryptography. */
export { type ConnectRtmpOptions, connectRtmp } from "./connect-rtmp.ts";
export { nodeIo } from "./io.ts";
export { nodePrimitives } from "./primitives.ts";
export {
  type AcceptRtmpClient,
  RtmpListener,
  type RtmpListenerOptions,
  type RtmpOrigin,
} from "./rtmp-listener.ts";
export { type AcceptRtmp, RtmpSocket, type RtmpSocketLimits } from "./rtmp-socket.ts";
export { type KeyAndCertificate, selfSigned } from "./self-signed.ts";
export { readSwf } from "./swf-file.ts";
export type { ClientTlsOptions, ServerTlsOptions } from "./tls-options.ts";
