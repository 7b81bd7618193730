import { randomBytes } from "node:crypto";
import { get, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** What a WebSocket of a server sent, RFC 6455 §5.2, as far as servers send it. */
export interface WebSocketNotes {
  /** The payloads of its binary messages, one after another. */
  readonly bytes: Buffer;
  /** Why the server closed it. */
  readonly closeCode: number | undefined;
}

/** Reads until the server closes it. Rejects with the HTTP status if it does not become a WebSocket. */
export function readWebSocket(url: string, onOpen: () => void): Promise<WebSocketNotes> {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
  };
  return new Promise((resolve, reject) => {
    const request = get(url.replace(/^ws/, "http"), { headers });
    request.on("response", ({ statusCode }) => reject(new Error(`HTTP ${statusCode}`)));
    request.on("error", reject);
    request.on("upgrade", (_: IncomingMessage, socket: Socket, head: Buffer) => {
      onOpen();
      collect(socket, head).then(resolve, reject);
    });
  });
}

async function collect(socket: Socket, head: Buffer): Promise<WebSocketNotes> {
  const chunks: Buffer[] = [head];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return readFrames(Buffer.concat(chunks));
}

/** `fin:1 reserved:3 opcode:4 mask:1 length:7 [length:u16 | length:u64] payload` */
function readFrames(input: Buffer): WebSocketNotes {
  const payloads: Buffer[] = [];
  let closeCode: number | undefined;
  for (let at = 0; at + 2 <= input.length; ) {
    const opcode = input.readUInt8(at) & 0x0f;
    const short = input.readUInt8(at + 1);
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    const length =
      extra === 0
        ? short
        : Number(input.readUIntBE(at + 2 + Math.max(extra - 4, 0), Math.min(extra, 4)));
    const start = at + 2 + extra;
    const payload = input.subarray(start, start + length);
    if (opcode === OPCODES.binary || opcode === OPCODES.continuation) payloads.push(payload);
    if (opcode === OPCODES.close) closeCode = payload.readUInt16BE(0);
    at = start + length;
  }
  return { bytes: Buffer.concat(payloads), closeCode };
}

const OPCODES = { continuation: 0, binary: 2, close: 8 } as const;
