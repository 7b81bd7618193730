import type { AmfValue } from "../../protocol/amf/value.ts";
import type { FlvTag } from "../../protocol/flv/tag.ts";
import { encodeUserControl, type StreamEvent } from "../../protocol/rtmp/user-control.ts";
import { encodeData } from "../../protocol/tc/command.ts";
import type { RecordedOutlet } from "../../protocol/tc/playback.ts";
import { failure, type Status, statusObject, success } from "../../protocol/tc/status.ts";

/** Tells a far end of a recording that it plays, in the way that players expect. */
export class RecordedSender {
  readonly #outlet: RecordedOutlet;
  readonly #name: string;
  #sentBytes = 0;

  constructor(outlet: RecordedOutlet, name: string) {
    this.#outlet = outlet;
    this.#name = name;
  }

  /** Bytes that the connection has not taken yet: do not send more while there are many. */
  get unsentBytes(): number {
    return this.#outlet.unsentBytes;
  }

  /** The answer to `play`, before anything else. */
  start(isReset: boolean, now: number): void {
    this.#userControl("streamIsRecorded", now);
    this.#userControl("streamBegin", now);
    if (isReset) this.#status("NetStream.Play.Reset", `Playing and resetting ${this.#name}.`, now);
    this.#status("NetStream.Play.Start", `Started playing ${this.#name}.`, now);
    this.#data("|RtmpSampleAccess", [true, true], now);
  }

  send({ type, timestampMs, payload }: FlvTag, now: number): void {
    this.#sentBytes += payload.length;
    const { streamId } = this.#outlet;
    this.#outlet.send({ type, timestampMs, payload, streamId }, {}, now);
  }

  /** Media from another position follows. */
  seeked(positionMs: number, now: number): void {
    this.#outlet.synchronize(now);
    this.#userControl("streamEof", now);
    this.#userControl("streamIsRecorded", now);
    this.#userControl("streamBegin", now);
    const to = `Seeking ${positionMs} ms in ${this.#name}.`;
    this.#status("NetStream.Seek.Notify", to, now);
    this.#status("NetStream.Play.Start", `Started playing ${this.#name}.`, now);
    this.#outlet.synchronize(now);
  }

  seekFailed(now: number): void {
    const why = `${this.#name} does not reach that far.`;
    this.#outlet.status(failure("NetStream.Seek.InvalidTime", why), now);
  }

  paused(now: number): void {
    this.#outlet.synchronize(now);
    this.#userControl("streamEof", now);
    this.#status("NetStream.Pause.Notify", `Pausing ${this.#name}.`, now);
  }

  resumed(now: number): void {
    this.#userControl("streamIsRecorded", now);
    this.#userControl("streamBegin", now);
    this.#status("NetStream.Unpause.Notify", `Unpausing ${this.#name}.`, now);
    this.#outlet.synchronize(now);
  }

  /** All that was asked for has been sent. */
  complete(playedMs: number, now: number): void {
    this.#outlet.synchronize(now);
    if (!this.#outlet.hasNext) this.#tellEnd(playedMs, now);
    this.#outlet.end(now);
  }

  #tellEnd(playedMs: number, now: number): void {
    const complete = success("NetStream.Play.Complete", "");
    const more = { duration: playedMs / 1_000, bytes: this.#sentBytes };
    this.#data("onPlayStatus", [statusObject(complete, more)], now);
    this.#userControl("streamEof", now);
    this.#status("NetStream.Play.Stop", `Stopped playing ${this.#name}.`, now);
    this.#outlet.synchronize(now);
  }

  fail(status: Status, now: number): void {
    this.#outlet.status(status, now);
    this.#outlet.end(now);
  }

  #userControl(event: StreamEvent, now: number): void {
    const { streamId } = this.#outlet;
    this.#outlet.send(encodeUserControl({ event, streamId }), {}, now);
  }

  #status(code: string, description: string, now: number): void {
    this.#outlet.status(success(code, description), now);
  }

  #data(name: string, values: readonly AmfValue[], now: number): void {
    this.#outlet.send(encodeData({ name, values }, this.#outlet.streamId, 0), {}, now);
  }
}
