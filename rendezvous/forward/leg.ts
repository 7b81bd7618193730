import type { Message } from "../../protocol/rtmp/message.ts";
import type { ClientStream } from "../../protocol/tc/client-stream.ts";
import type { Transport } from "../../protocol/tc/transport.ts";

/** What is special about one direction: this server's end of a stream that is pushed or pulled. */
export interface Leg {
  /** When `advance` has something to do, ms. */
  readonly timeout: number;
  /** Does this server's stream come from here? */
  readonly isPublishing: boolean;
  /** The far end's stream can be used. Throws RtmfpError if this end's cannot. */
  begin(stream: ClientStream, transport: Transport, now: number): void;
  /** Something of the far end's stream. Throws MalformedError, or RtmfpError as `begin` does. */
  receive(message: Message, now: number): void;
  /** Whoever publishes at the far end has stopped. */
  unpublished(now: number): void;
  /** The connection is gone; another may come. */
  lost(now: number): void;
  advance(now: number): void;
  /** Nobody wants it any more. */
  end(now: number): void;
}
