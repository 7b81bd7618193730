import type { AmfObject, AmfValue } from "../amf/value.ts";
import type { Message } from "../rtmp/message.ts";
import type { SharedObjectType } from "../rtmp/shared-object.ts";
import type { Command } from "./command.ts";
import type { Playable, Publisher } from "./live-stream.ts";
import type { PlayRequest, Recorded } from "./playback.ts";
import type { Status } from "./status.ts";

/** What a client says when it connects, RTMP 1.0 §7.2.1.1. */
export interface ConnectRequest {
  readonly app: string;
  /** The URL as the client knows it; may be missing or wrong. */
  readonly tcUrl: string;
  readonly properties: AmfObject;
  /** What follows the command object. */
  readonly args: readonly AmfValue[];
}

/** What a server does for one client: everything that is not protocol. */
export interface ServerApplication {
  /** Answers why not, or undefined to let the client in. */
  onConnect(request: ConnectRequest, now: number): Status | undefined;
  /**
   * The client wants to publish; answers where to, or why not. If that shows only later, `fail` ends
   * the publisher and tells the client. `type`: "live", "record" or "append", RTMP 1.0 §7.2.2.6.
   */
  onPublish(name: string, now: number, fail: FailPublish, type: string): Publisher | Status;
  /** The client wants to play; answers what, or why not. */
  onPlay(name: string, now: number, request: PlayRequest): Playable | Recorded | Status;
  /** Any other command on stream 0. Answers false if there is no such method. */
  onCall(command: Command, now: number): boolean;
  /** Something about a shared object. Throws MalformedError. */
  onSharedObject?(message: Message, type: SharedObjectType, now: number): void;
  /** A message was skipped, for it cannot be read. */
  onMalformed?(): void;
  onEnd(now: number): void;
}

/** The publication of a client fails after all. Nothing happens if it has ended already. */
export type FailPublish = (status: Status, now: number) => void;
