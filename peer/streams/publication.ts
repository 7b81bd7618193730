import { encodeAmf0 } from "../../protocol/amf/amf0-encode.ts";
import { type AmfObject, type AmfValue, ecmaArray } from "../../protocol/amf/value.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { OutgoingMessage } from "../../protocol/flow/outgoing-message.ts";
import { type Message, MessageType } from "../../protocol/rtmp/message.ts";
import type { Turn } from "../turn.ts";
import { Receipt } from "./receipt.ts";

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
  /**
   * Resolves when it is over: with undefined after `close`, with why if the server has ended it, which
   * may let another take its name (`BAD_NAME`) or be gone (`CLOSED`).
   */
  readonly closed: Promise<RtmfpError | undefined>;
  readonly #sink: PublicationSink;
  readonly #turn: Turn;
  #isOpen = true;
  #failure: RtmfpError | undefined;
  #tellClosed: (error: RtmfpError | undefined) => void = () => undefined;

  constructor(name: string, sink: PublicationSink, turn: Turn) {
    this.name = name;
    this.#sink = sink;
    this.#turn = turn;
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
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
    this.#end(undefined);
  }

  /** For `ServerLink`: the server has ended it. */
  fail(error: RtmfpError): void {
    this.#end(error);
  }

  /**
   * A message as it came from elsewhere: media and data go on, others are ignored. Throws `CLOSED`
   * when it is over, see `closed`, `MALFORMED` for data without a name.
   */
  forward(message: Message, { deadlineMs }: MediaOptions = {}): Receipt {
    if (!this.#isOpen) throw closedError(this.name, this.#failure);
    const messages = this.#turn((now) => this.#sink.write(message, now, deadlineMs));
    return new Receipt(messages, this.#turn, () => this.#failure === undefined);
  }

  #end(failure: RtmfpError | undefined): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#failure = failure;
    this.#turn((now) => this.#sink.end(now));
    this.#tellClosed(failure);
  }

  #write(type: number, timestampMs: number, payload: Uint8Array, options: MediaOptions): Receipt {
    return this.forward({ type, streamId: 0, timestampMs, payload }, options);
  }
}

function closedError(name: string, cause: RtmfpError | undefined): RtmfpError {
  const why = cause ? `: ${cause.message}` : "";
  return new RtmfpError("CLOSED", `${name} is not published any more${why}`, { cause });
}
