/** The protocols' connection to Node.js: sockets, clock, cryptography. */
export { nodeIo } from "./io.ts";
export { nodePrimitives } from "./primitives.ts";
export { RtmpListener, type RtmpListenerOptions } from "./rtmp-listener.ts";
