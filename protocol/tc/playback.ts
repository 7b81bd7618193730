import type { AmfValue } from "../amf/value.ts";
import type { SendOptions } from "../flow/outgoing-message.ts";
import type { Message } from "../rtmp/message.ts";
import type { Playable } from "./live-stream.ts";
import type { Status } from "./status.ts";

/** What a client asks for with `play`, RTMP 1.0 §7.2.2.1. */
export interface PlayRequest {
  readonly name: string;
  /** Where in a recording to start, ms; or what is live, or whatever there is. */
  readonly from: number | "live" | "any";
  /** How much of it, ms; undefined: all. */
  readonly durationMs: number | undefined;
  /** What is played ends, and what was to be played after it is forgotten; else it comes after that. */
  readonly isReset: boolean;
}

/** A stream that is being played, and what its client may still ask for. */
export interface Playback {
  /** Nothing more comes, unless its client seeks or another publisher comes. */
  readonly isOver: boolean;
  /** RTMP 1.0 §7.2.2.9; `atMs`: where the client stands. */
  pause(isPaused: boolean, atMs: number, now: number): void;
  /** RTMP 1.0 §7.2.2.8 */
  seek(toMs: number, now: number): void;
  /** RTMP 1.0 §7.2.2.4 and §7.2.2.5 */
  receive(kind: "audio" | "video", isWanted: boolean, now: number): void;
  /** The client says how much it keeps, RTMP 1.0 §7.1.7. */
  setBufferLength(bufferMs: number, now: number): void;
  /** The connection below has taken something of what was sent. */
  onWritable(now: number): void;
  /** Nothing may be sent after it. */
  stop(now: number): void;
}

/** Something stored, to be played from anywhere at any time. */
export interface Recorded {
  /** Everything that the client hears, the answer to `play` included, is for the recording to say. */
  playRecorded(outlet: RecordedOutlet, request: PlayRequest, now: number): Playback;
}

/** Where a recording goes. */
export interface RecordedOutlet {
  readonly streamId: number;
  /** Bytes that the connection below has not taken yet; 0 where one cannot tell. */
  readonly unsentBytes: number;
  /** Something else comes after it: its end is told by that. */
  readonly hasNext: boolean;
  /** Sends the message on the stream that it names. */
  send(message: Message, options: SendOptions, now: number): void;
  /** What is sent from now on arrives after everything before it, whatever its kind. */
  synchronize(now: number): void;
  /** Plays what is live instead, if there is no recording after all. */
  playLive(playable: Playable, now: number): Playback;
  /** It has been played, or cannot be: it is time for what comes after it, if there is something. */
  end(now: number): void;
  /** An `onStatus` on the player's stream. */
  status(status: Status, now: number): void;
}

/** Reads the arguments of `play`: `name, start, duration, reset`, all but the first optional. */
export function readPlayRequest([name, start, duration, reset]: readonly AmfValue[]): PlayRequest {
  return {
    name: typeof name === "string" ? name : "",
    from: readStart(start),
    durationMs: typeof duration === "number" && duration >= 0 ? duration : undefined,
    isReset: reset !== false && reset !== 0,
  };
}

/** Clients that count in milliseconds multiply -1 and -2 as well. */
function readStart(start: AmfValue): PlayRequest["from"] {
  if (typeof start !== "number" || Number.isNaN(start)) return "any";
  if (start >= 0) return start;
  return start === -1 || start === -1_000 ? "live" : "any";
}
