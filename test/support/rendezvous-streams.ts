import { RtmfpError } from "../../protocol/errors.ts";
import { type Message, MessageType } from "../../protocol/rtmp/message.ts";
import type { ClientStream, ClientStreamHandler } from "../../protocol/tc/client-stream.ts";
import { encodeData } from "../../protocol/tc/command.ts";
import type { RendezvousClient } from "./rendezvous-client.ts";

/** A stream of a test client on the server, and all that came of it. */
export class RecordedStream implements ClientStreamHandler {
  readonly statuses: string[] = [];
  /** "type payload", in the order of arrival. */
  readonly media: string[] = [];
  readonly #client: RendezvousClient;
  #stream: ClientStream | undefined;

  constructor(client: RendezvousClient, act: (stream: ClientStream, now: number) => void) {
    this.#client = client;
    client.driver.turn((at) =>
      client.connection?.createStream(
        this,
        (stream, now) => {
          if (stream instanceof RtmfpError) {
            this.statuses.push(stream.code);
            return;
          }
          this.#stream = stream;
          act(stream, now);
        },
        at,
      ),
    );
  }

  onStatus({ code }: { readonly code: string }): void {
    this.statuses.push(code);
  }

  onMessage({ type, payload }: Message): void {
    if (type === MessageType.dataAmf0) this.media.push("data");
    else if (type === MessageType.audio || type === MessageType.video) {
      this.media.push(`${type === MessageType.audio ? "audio" : "video"} ${payload.join(" ")}`);
    }
  }

  onEnd(): void {
    this.statuses.push("end");
  }

  send(...messages: readonly Message[]): void {
    this.#client.driver.turn((now) => {
      for (const message of messages) this.#stream?.send(message, {}, now);
    });
  }

  close(): void {
    this.#client.driver.turn((now) => this.#stream?.close(now));
  }
}

export function publish(client: RendezvousClient, name: string): RecordedStream {
  return new RecordedStream(client, (stream, now) => stream.publish(name, now));
}

export function play(client: RendezvousClient, name: string): RecordedStream {
  return new RecordedStream(client, (stream, now) => stream.play(name, now));
}

function video(timestampMs: number, ...payload: number[]): Message {
  return { type: MessageType.video, streamId: 0, timestampMs, payload: Uint8Array.from(payload) };
}

function audio(timestampMs: number, ...payload: number[]): Message {
  return { type: MessageType.audio, streamId: 0, timestampMs, payload: Uint8Array.from(payload) };
}

/** As much of H.264 and AAC in FLV as a server looks at. */
export const clip: {
  readonly metadata: Message;
  readonly videoHeader: Message;
  readonly audioHeader: Message;
  keyframe(timestampMs: number): Message;
  inter(timestampMs: number): Message;
  sound(timestampMs: number): Message;
} = {
  metadata: encodeData({ name: "@setDataFrame", values: ["onMetaData", { width: 640 }] }, 0, 0),
  videoHeader: video(0, 0x17, 0, 0, 0, 0, 1),
  audioHeader: audio(0, 0xaf, 0, 0x12, 0x10),
  keyframe: (timestampMs) => video(timestampMs, 0x17, 1, 0, 0, 0, 2),
  inter: (timestampMs) => video(timestampMs, 0x27, 1, 0, 0, 0, 3),
  sound: (timestampMs) => audio(timestampMs, 0xaf, 1, 4),
};
