import { MalformedError } from "../errors.ts";
import { RELAY_IP_BYTES, UNIQUE_LOCAL } from "./relay-address.ts";

/** A datagram on its way through a relay, docs/relay.md. */
export interface RelayedDatagram {
  /** The 16 bytes of a relay address: whom it is for, or whom it comes from when the relay sends it. */
  readonly peer: Uint8Array;
  readonly datagram: Uint8Array;
}

/** `peer:16 datagram:rest`; both are views. Throws MalformedError. */
export function readRelayedDatagram(payload: Uint8Array): RelayedDatagram {
  const length = payload.length - RELAY_IP_BYTES;
  if (length <= 0 || length > MAX_RELAYED_BYTES || payload[0] !== UNIQUE_LOCAL) {
    throw new MalformedError("not a relayed datagram");
  }
  return {
    peer: payload.subarray(0, RELAY_IP_BYTES),
    datagram: payload.subarray(RELAY_IP_BYTES),
  };
}

/** A new array. */
export function writeRelayedDatagram({ peer, datagram }: RelayedDatagram): Uint8Array {
  const payload = new Uint8Array(peer.length + datagram.length);
  payload.set(peer);
  payload.set(datagram, peer.length);
  return payload;
}

/** More than any datagram that the Internet carries in one piece. */
export const MAX_RELAYED_BYTES = 2_048;
