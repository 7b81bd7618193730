import { encodeAmf0 } from "../protocol/amf/amf0-encode.ts";
import { type AmfObject, type AmfValue, ecmaArray } from "../protocol/amf/value.ts";
import { RtmfpError } from "../protocol/errors.ts";
import type { OutgoingMessage } from "../protocol/flow/outgoing-message.ts";
import { type Message, MessageType } from "../protocol/rtmp/message.ts";
import { Receipt } from "./receipt.ts";
import type { Turn } from "./turn.ts";

export interface MediaOptions {
  /**
   * How long it is worth sending, ms.
   * @default by kind, see PeerOptions.deadlines; sequence headers for ever
   */
  readonly deadlineMs?: number | undefined;
}

/** Where a publication's messages go. */
export interface PublicationSink {
  write(message: Message, now: number, deadlineMs?: number): readonly OutgoingMessage[];
  end(now: number): void;
}

/**
 * A stream that this peer publishes. Payloads are those of FLV tags and RTMP messages, and must not be
 * changed afterwards. All that send throw as `forward` does.
 */
export class Publication {
  readonly name: string;
  readonly #sink: PublicationSink;
  readonly #turn: Turn;
  #isClosed = false;

  constructor(name: string, sink: PublicationSink, turn: Turn) {
    this.name = name;
    this.#sink = sink;
    this.#turn = turn;
  }

  /** Describes the stream; who joins later gets it first. */
  metadata(properties: AmfObject): Receipt {
    return this.data("onMetaData", ecmaArray(properties));
  }

  /** A data message; it always arrives. */
  data(name: string, ...values: readonly AmfValue[]): Receipt {
    return this.#write(MessageType.dataAmf0, 0, encodeAmf0([name, ...values]), {});
  }

  audio(timestampMs: number, payload: Uint8Array, options: MediaOptions = {}): Receipt {
    return this.#write(MessageType.audio, timestampMs, payload, options);
  }

  video(timestampMs: number, payload: Uint8Array, options: MediaOptions = {}): Receipt {
    return this.#write(MessageType.video, timestampMs, payload, options);
  }

  /** Ends the stream for everyone who plays it. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#turn((now) => this.#sink.end(now));
  }

  /**
   * A message as it came from elsewhere: media and data go on, others are ignored. Throws `CLOSED`
   * after `close`, `MALFORMED` for data without a name.
   */
  forward(message: Message, { deadlineMs }: MediaOptions = {}): Receipt {
    if (this.#isClosed) throw new RtmfpError("CLOSED", `${this.name} is not published any more`);
    const messages = this.#turn((now) => this.#sink.write(message, now, deadlineMs));
    return new Receipt(messages, this.#turn);
  }

  #write(type: number, timestampMs: number, payload: Uint8Array, options: MediaOptions): Receipt {
    return this.forward({ type, streamId: 0, timestampMs, payload }, options);
  }
}
