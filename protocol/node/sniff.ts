import type { Socket } from "node:net";

/** What the first byte of a connection says that it is. */
export type Speech = "rtmp" | "http" | "tls";

/**
 * Waits for the first byte and leaves it where it was: the socket is paused, its next owner reads
 * everything. A socket that says nothing in time, or nothing known, is destroyed.
 */
export function sniff(socket: Socket, timeoutMs: number, heard: (speech: Speech) => void): void {
  socket.setTimeout(timeoutMs, () => socket.destroy());
  socket.once("data", (bytes) => {
    socket.pause();
    socket.setTimeout(0);
    socket.removeAllListeners("timeout");
    const speech = speechOf(bytes[0] as number);
    if (!speech) {
      socket.destroy();
      return;
    }
    socket.unshift(bytes);
    heard(speech);
  });
}

function speechOf(byte: number): Speech | undefined {
  if (RTMP_VERSIONS.has(byte)) return "rtmp";
  if (byte === TLS_HANDSHAKE) return "tls";
  return byte >= LETTER_A && byte <= LETTER_Z ? "http" : undefined;
}

/** Plain, and the three of RTMPE. */
const RTMP_VERSIONS: ReadonlySet<number> = new Set([3, 6, 8, 9]);
/** The record type of ClientHello, RFC 8446 §5.1. */
const TLS_HANDSHAKE = 0x16;
/** Methods of HTTP are spelled in capital letters. */
const LETTER_A = 0x41;
const LETTER_Z = 0x5a;
