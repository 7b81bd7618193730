import { type AmfValue, isAmfObject } from "../amf/value.ts";
import { type Message, MessageType } from "../rtmp/message.ts";
import { type Command, encodeData, textOf } from "./command.ts";
import { LivePlayback } from "./live-playback.ts";
import type { Playable, Publisher } from "./live-stream.ts";
import type { NetConnection } from "./net-connection.ts";
import {
  type Playback,
  type PlayRequest,
  type Recorded,
  type RecordedOutlet,
  readPlayRequest,
} from "./playback.ts";
import type { ServerApplication } from "./server-application.ts";
import { failure, onStatus, type Status, statusObject, success } from "./status.ts";
import { type MediaDeadlines, StreamSender } from "./stream-sender.ts";
import { type Wish, Wishes } from "./wishes.ts";

/** A client's NetStream, as the server sees it: idle, publishing or playing. */
export class ServerStream {
  readonly #net: NetConnection;
  readonly #id: number;
  readonly #application: ServerApplication;
  readonly #deadlines: MediaDeadlines | undefined;
  #publisher: Publisher | undefined;
  /** What the publisher called it. */
  #name = "";
  #playback: Playback | undefined;
  /** What is played after that. BOUNDED: MAX_PLAYLIST. */
  readonly #playlist: PlayRequest[] = [];
  readonly #wishes = new Wishes();
  /** Changes with each entry of the list. */
  #entry = {};

  constructor(
    net: NetConnection,
    id: number,
    application: ServerApplication,
    deadlines: MediaDeadlines | undefined,
  ) {
    this.#net = net;
    this.#id = id;
    this.#application = application;
    this.#deadlines = deadlines;
  }

  /** Is it this stream that publishes under `name`? */
  isPublishing(name: string): boolean {
    return this.#publisher !== undefined && this.#name === name;
  }

  /** Answers false if there is no such command. */
  command({ name, args }: Command, now: number): boolean {
    const [first, second] = args;
    const isEnd = first === false && (name === "publish" || name === "play");
    // ActionScript's way to stop is to publish, or to play, `false`.
    if (isEnd || name === "closeStream") this.close(now);
    else if (name === "publish") this.#publish(textOf(first), textOf(second) || "live", now);
    else if (name === "play") this.#play(readPlayRequest(args), now);
    else if (name === "play2") this.#play2(first, now);
    else if (name === "pause" || name === "pauseRaw") this.#pause(first, second, now);
    else if (name === "seek") this.#playback?.seek(milliseconds(first), now);
    else if (name === "receiveAudio") this.#receive("audio", first !== false, now);
    else if (name === "receiveVideo") this.#receive("video", first !== false, now);
    else return false;
    return true;
  }

  #publish(name: string, type: string, now: number): void {
    this.stop(now);
    if (this.#net.isEnded) return;
    if (name.length > MAX_NAME_LENGTH) {
      this.#status(failure("NetStream.Publish.BadName", TOO_LONG), "", now);
      return;
    }
    let publisher: Publisher | undefined;
    const fail = (status: Status, at: number): void => {
      if (publisher === undefined || this.#publisher !== publisher) return;
      this.stop(at);
      this.#status(status, name, at);
    };
    const answer = this.#application.onPublish(name, now, fail, type);
    if ("code" in answer) {
      this.#status(answer, name, now);
      return;
    }
    publisher = answer;
    this.#publisher = publisher;
    this.#name = name;
    this.#status(success("NetStream.Publish.Start", `${name} is now published.`), name, now);
  }

  /** Media of a publisher. Throws MalformedError. */
  receive(message: Message, afterGap: boolean, now: number): void {
    if (!this.#publisher) return;
    if (afterGap && message.type === MessageType.video) this.#publisher.noteGap();
    this.#publisher.write(message, now);
  }

  setBufferLength(bufferMs: number, now: number): void {
    const wish: Wish = (playback, at) => playback.setBufferLength(bufferMs, at);
    this.#wishes.add("buffer", wish, this.#playback, now);
  }

  #receive(kind: "audio" | "video", isWanted: boolean, now: number): void {
    const wish: Wish = (playback, at) => playback.receive(kind, isWanted, at);
    this.#wishes.add(kind, wish, this.#playback, now);
  }

  onWritable(now: number): void {
    this.#playback?.onWritable(now);
  }

  /** The client ends publishing or playing, and is told if it published. */
  close(now: number): void {
    const wasPublishing = this.#publisher !== undefined;
    this.#wishes.clear();
    this.stop(now);
    if (!wasPublishing) return;
    const description = `${this.#name} is now unpublished.`;
    this.#status(success("NetStream.Unpublish.Success", description), this.#name, now);
  }

  /** Ends publishing or playing; the stream can be used again. */
  stop(now: number): void {
    const publisher = this.#publisher;
    this.#publisher = undefined;
    this.#playlist.length = 0;
    this.#stopPlayback(now);
    publisher?.end(now);
  }

  #stopPlayback(now: number): void {
    this.#entry = {};
    this.#playback?.stop(now);
    this.#playback = undefined;
  }

  #play(request: PlayRequest, now: number): void {
    if (this.#isTooLong(request, now)) return;
    const isAppended = !request.isReset && this.#playback && !this.#playback.isOver;
    if (isAppended) this.#append(request, now);
    else {
      this.stop(now);
      this.#begin(request, now);
    }
  }

  /** Tells the client if so; what is played goes on. */
  #isTooLong({ name }: PlayRequest, now: number): boolean {
    if (name.length <= MAX_NAME_LENGTH) return false;
    this.#status(failure("NetStream.Play.Failed", TOO_LONG), "", now);
    return true;
  }

  /** RTMP 1.0 §7.2.2.1: the stream has a list of what it plays, one after another. */
  #append(request: PlayRequest, now: number): void {
    if (this.#playlist.length < MAX_PLAYLIST) this.#playlist.push(request);
    else this.#status(failure("NetStream.Play.Failed", "The playlist is full."), request.name, now);
  }

  #begin(request: PlayRequest, now: number): void {
    if (this.#net.isEnded) return;
    const answer = this.#application.onPlay(request.name, now, request);
    if ("code" in answer) {
      this.#status(answer, request.name, now);
      this.#next(now);
    } else this.#start(answer, request, now);
  }

  /** The next of the list, if there is one. */
  #next(now: number): void {
    const request = this.#playlist.shift();
    if (!request) return;
    this.#stopPlayback(now);
    const { name } = request;
    this.#playStatus(success("NetStream.Play.Switch", `Changes to ${name}.`), name, now);
    this.#net.synchronize([0, this.#id], now);
    this.#begin(request, now);
  }

  /** Not for a client that did not take what was said before it. */
  #start(found: Playable | Recorded, request: PlayRequest, now: number): void {
    if (this.#net.isEnded) return;
    const entry = this.#entry;
    const end = (at: number): void => {
      if (entry === this.#entry) this.#next(at);
    };
    let playback: Playback;
    if ("playRecorded" in found) {
      this.#net.watchWritable();
      playback = found.playRecorded(this.#outlet(request, end), request, now);
    } else playback = this.#playLive(found, request, end, now);
    // It may have ended at once.
    if (entry !== this.#entry) playback.stop(now);
    else {
      this.#playback = playback;
      this.#wishes.tell(playback, now);
    }
  }

  #playLive(
    playable: Playable,
    { name, isReset }: PlayRequest,
    end: (now: number) => void,
    now: number,
  ): Playback {
    const net = this.#net;
    const { objectEncoding } = net;
    const sender = new StreamSender(name, this.#id, 0, net, this.#deadlines, objectEncoding, end);
    sender.start(now, isReset);
    const playback = new LivePlayback(playable, sender);
    // Before the pictures that a newcomer gets.
    this.#wishes.tell(playback, now);
    playback.start(now);
    return playback;
  }

  /**
   * Changes from one stream to another: the new one takes over with its next keyframe, so that all
   * kinds of transition but "append" and "stop" come to the same. What cannot be played changes nothing.
   */
  #play2(options: AmfValue, now: number): void {
    if (!isAmfObject(options)) return;
    const { streamName, start, len, transition } = options;
    if (transition === "stop") {
      this.stop(now);
      return;
    }
    const request = readPlayRequest([streamName, start, len, transition === "reset"]);
    if (transition === "append") {
      this.#play(request, now);
      return;
    }
    if (this.#isTooLong(request, now)) return;
    const { name } = request;
    const answer = this.#application.onPlay(name, now, request);
    if ("code" in answer) {
      this.#status(answer, name, now);
      return;
    }
    this.stop(now);
    this.#status(success("NetStream.Play.Transition", `Changes to ${name}.`), name, now);
    this.#start(answer, request, now);
    const complete = success("NetStream.Play.TransitionComplete", `Changed to ${name}.`);
    this.#playStatus(complete, name, now);
  }

  /** What is told in the course of the media. */
  #playStatus(status: Status, name: string, now: number): void {
    const values = [statusObject(status, { details: name })];
    this.#net.deliver(encodeData({ name: "onPlayStatus", values }, this.#id, 0), {}, now);
  }

  /** `pauseRaw` has the same arguments; without the first one, it is a switch that is pressed. */
  #pause(isPaused: AmfValue, atMs: AmfValue, now: number): void {
    this.#playback?.pause(isPaused !== false, milliseconds(atMs), now);
  }

  #outlet(request: PlayRequest, end: (now: number) => void): RecordedOutlet {
    const net = this.#net;
    const playlist = this.#playlist;
    const streamId = this.#id;
    return {
      streamId,
      get unsentBytes() {
        return net.unsentBytes;
      },
      get hasNext() {
        return playlist.length > 0;
      },
      send: (...message) => net.deliver(...message),
      synchronize: (now) => net.synchronize([0, streamId], now),
      playLive: (playable, now) => this.#playLive(playable, request, end, now),
      end,
      status: (status, now) => this.#status(status, request.name, now),
    };
  }

  #status(status: Status, name: string, now: number): void {
    this.#net.command(onStatus(status, { details: name }), this.#id, now);
  }
}

function milliseconds(value: AmfValue): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}

/** With a query, which may hold a token: as long as URLs get. Names are kept, and sent back. */
const MAX_NAME_LENGTH = 2_048;
const TOO_LONG = `a stream's name and its query have at most ${MAX_NAME_LENGTH} characters`;
/** Programmes of a day; who has more appends when something has ended. */
const MAX_PLAYLIST = 64;
