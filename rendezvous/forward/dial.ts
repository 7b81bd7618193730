import { RtmfpError } from "../../protocol/errors.ts";
import type { RtmpSocketLimits } from "../../protocol/node/rtmp-socket.ts";
import type { Transport, TransportHandler } from "../../protocol/tc/transport.ts";
import type { Dialled } from "./attempt.ts";

/** A connection to an RTMP server. */
export interface RtmpWay {
  /** Resolves when it is gone, with what broke it. */
  readonly closed: Promise<RtmfpError | undefined>;
  /** Delivers what was sent, then ends it. */
  close(): void;
}

/**
 * Connects to the RTMP server of a URL; `accept` is called once messages can be sent, and answers who
 * hears of what the server sends. Rejects with an RtmfpError or the signal's reason.
 */
export type ConnectRtmp = (
  url: string,
  accept: (transport: Transport) => TransportHandler,
  options: RtmpSocketLimits & { readonly signal?: AbortSignal | undefined },
) => Promise<RtmpWay>;

/** A connection that is made, or there. */
interface Dialling {
  /** Resolves when nothing is left of it. */
  readonly gone: Promise<void>;
  /** Gives it up, or ends it after what was sent; nothing more is told. */
  hangUp(): void;
}

/** Connects, and tells `dialled` what comes of it, within `turn`. */
export function dial(
  connect: ConnectRtmp,
  url: string,
  dialled: Dialled,
  turn: (change: (now: number) => void) => void,
): Dialling {
  const ended = new AbortController();
  let way: RtmpWay | undefined;
  let isOver = false;
  const act = (change: (now: number) => void): void => {
    if (!isOver) turn(change);
  };
  const accept = (transport: Transport): TransportHandler => {
    let handler: TransportHandler | undefined;
    act((now) => {
      handler = dialled.onOpen(transport, now);
    });
    return {
      onMessage: (message, afterGap) => act((now) => handler?.onMessage(message, afterGap, now)),
      onEnd: () => act((now) => handler?.onEnd(now)),
    };
  };
  const run = async (): Promise<void> => {
    try {
      way = await connect(url, accept, {
        signal: ended.signal,
        idleTimeoutMs: IDLE_MS,
      });
      if (isOver) way.close();
      const error = await way.closed;
      act((now) => dialled.onGone(error ?? HUNG_UP, now));
    } catch (error) {
      act((now) => dialled.onGone(reasonOf(error), now));
    }
  };
  return {
    gone: run(),
    hangUp: () => {
      isOver = true;
      if (way) way.close();
      else ended.abort();
    },
  };
}

function reasonOf(error: unknown): RtmfpError {
  if (error instanceof RtmfpError) return error;
  return new RtmfpError("UNREACHABLE", error instanceof Error ? error.message : String(error));
}

/** A far end without a sign of life: media, or answers to pings. */
const IDLE_MS = 20_000;
const HUNG_UP = new RtmfpError("CLOSED", "the far end hung up");
