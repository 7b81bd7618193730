import { encodeAmf0 } from "../../protocol/amf/amf0-encode.ts";
import { concat } from "../../protocol/bytes/concat.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { ClientStream } from "../../protocol/tc/client-stream.ts";
import type { Player } from "../../protocol/tc/live-stream.ts";
import type { MediaMessage } from "../../protocol/tc/media.ts";
import type { Transport } from "../../protocol/tc/transport.ts";

/** Plays a stream of this server into one that is published on another. */
export class PushSender implements Player {
  readonly #stream: ClientStream;
  readonly #transport: Transport;
  readonly #onUnpublish: (now: number) => void;
  #isGroupBroken = false;

  constructor(stream: ClientStream, transport: Transport, onUnpublish: (now: number) => void) {
    this.#stream = stream;
    this.#transport = transport;
    this.#onUnpublish = onUnpublish;
  }

  onPublish(): void {}

  /** A far end that is behind is sent no pictures up to the next keyframe after it has caught up. */
  onMedia({ kind, message }: MediaMessage, isCatchUp: boolean, now: number): undefined {
    const isPicture = kind === "keyframe" || kind === "inter";
    const isBehind = !isCatchUp && (this.#transport.unsentBytes ?? 0) > MAX_UNSENT_BYTES;
    if (isPicture && isBehind) this.#isGroupBroken = true;
    else if (kind === "keyframe") this.#isGroupBroken = false;
    if (isPicture && this.#isGroupBroken) return;
    this.#send(kind === "metadata" ? kept(message) : message, now);
  }

  onUnpublish(now: number): void {
    this.#onUnpublish(now);
  }

  onFailure(): void {} // The directory has its limits; the stream's end is told.

  /** Whoever publishes here must not notice what goes wrong there: the connection tells. */
  #send(message: Message, now: number): void {
    try {
      this.#stream.send(message, {}, now);
    } catch (error) {
      if (!(error instanceof RtmfpError)) throw error;
    }
  }
}

/** Asks the far end to keep the description for those who join it later. */
function kept(message: Message): Message {
  return { ...message, payload: concat([SET_DATA_FRAME, message.payload]) };
}

const SET_DATA_FRAME = encodeAmf0(["@setDataFrame"]);
/** Three seconds at 10 Mbit/s; the socket's own limit is far above it. */
const MAX_UNSENT_BYTES = 4_194_304;
