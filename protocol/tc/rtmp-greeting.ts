import { BandwidthLimit, encodeControl } from "../rtmp/control.ts";
import type { Message } from "../rtmp/message.ts";
import type { RtmpScheme } from "../rtmp/url.ts";

/** What an RTMP server announces before it answers `connect`. */
export function rtmpGreeting(scheme: RtmpScheme): readonly Message[] {
  return isRtmpe(scheme) ? WINDOWS : [...WINDOWS, CHUNK_SIZE];
}

/** ffmpeg breaks when it publishes over RTMPE and is told a chunk size. */
function isRtmpe(scheme: RtmpScheme): boolean {
  return scheme === "rtmpe" || scheme === "rtmpte";
}

/** What servers usually announce; encoders that are never acknowledged stop. */
const WINDOW_BYTES = 2_500_000;

const WINDOWS: readonly Message[] = [
  encodeControl({ type: "windowAckSize", windowBytes: WINDOW_BYTES }),
  encodeControl({
    type: "setPeerBandwidth",
    windowBytes: WINDOW_BYTES,
    limit: BandwidthLimit.dynamic,
  }),
];

/** Chunks of 64 KB save headers; ffmpeg takes the size over for what it publishes. */
const CHUNK_SIZE: Message = encodeControl({ type: "setChunkSize", chunkBytes: 65_536 });
