import type { AmfObject } from "../../protocol/amf/value.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { FIHello } from "../../protocol/wire/chunks/fihello.ts";
import type { ConnectedPeer } from "./connected-peer.ts";

/** A peer that others can be introduced to, on this server or another. */
export interface Introducible {
  /** 64 hexadecimal digits: the fingerprint of its certificate. */
  readonly id: string;
  /** Where its server sees it. */
  readonly observed: Address;
  /** Where it says that it is, as in its latest `setPeerInfo`. */
  readonly reported: readonly Address[];
  /** Datagrams reach it there; false: it came over TCP, where nothing but the relay does. */
  readonly hasUdp: boolean;
  /** What somebody who gets to know it is told: `peerId`, `certificate`, `contact`, `addresses`, `seenAt`. */
  readonly introduction: AmfObject;
  /** Passes somebody's hello on to it, in its session. What comes too fast is dropped. */
  forwardHello(hello: FIHello, now: number): void;
  /** Sends it a command that wants no answer. What comes too fast is dropped. */
  notify(name: string, info: AmfObject, now: number): void;
}

/**
 * Who is connected. A server tells its registry of its own peers; a registry that several servers
 * share can find those of the others as well.
 */
export interface Registry {
  /** A peer connected to this server. It replaces one with the same ID. Throws Refusal `FULL`. */
  add(peer: ConnectedPeer): void;
  /** The peer has sent `setPeerInfo`: from now on it can be found. */
  update(peer: ConnectedPeer): void;
  /** The peer is gone. */
  remove(peer: ConnectedPeer): void;
  /**
   * Calls `found` with the peer if there is one that can be introduced: at once if it is here, later
   * or never if another server has to be asked. Called for packets: it must not be slow.
   */
  find(id: string, found: (peer: Introducible) => void): void;
  /** The peers of this server. */
  readonly peers: Iterable<ConnectedPeer>;
  readonly size: number;
}
