import type { ChunkReader } from "../../protocol/rtmp/chunk-reader.ts";
import type { RtmpConnection, RtmpOutput } from "../../protocol/rtmp/connection.ts";
import type { Message } from "../../protocol/rtmp/message.ts";

/** Pushes the pieces one by one, as received, and answers all messages. */
export function readMessages(reader: ChunkReader, pieces: Iterable<Uint8Array>): Message[] {
  const messages: Message[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let message = reader.next(); message; message = reader.next()) messages.push(message);
  }
  return messages;
}

/** Polls until there is nothing more. */
export function drain(connection: RtmpConnection): RtmpOutput[] {
  const outputs: RtmpOutput[] = [];
  for (let output = connection.poll(); output; output = connection.poll()) outputs.push(output);
  return outputs;
}

/** The messages among the outputs. */
export function messagesOf(outputs: readonly RtmpOutput[]): Message[] {
  return outputs.flatMap((output) => (output.type === "message" ? [output.message] : []));
}

/** All bytes among the outputs, joined. */
export function bytesOf(outputs: readonly RtmpOutput[]): Uint8Array {
  const parts = outputs.flatMap((output) => (output.type === "write" ? [output.bytes] : []));
  return new Uint8Array(Buffer.concat(parts));
}
