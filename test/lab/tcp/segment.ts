import { type Datagram, DEFAULT_HOPS } from "../datagram.ts";

/** What the lab's TCP writes into a segment besides its ports. Sequence numbers start at 0. */
export interface TcpHeader {
  /** Of the first byte, SYN and FIN included. */
  readonly seq: number;
  /** The next sequence number that is expected; means something only with the flag `ack`. */
  readonly ack: number;
  /** Sum of `TcpFlag`s. */
  readonly flags: number;
}

/** RFC 9293 §3.1. */
export const TcpFlag = { fin: 0x01, syn: 0x02, rst: 0x04, ack: 0x10 } as const;

export function hasFlag({ flags }: TcpHeader, flag: number): boolean {
  return (flags & flag) !== 0;
}

export function isReset({ tcp }: Datagram): boolean {
  return tcp !== undefined && hasFlag(tcp, TcpFlag.rst);
}

/** What a system answers to a segment that it does not expect, RFC 9293 §3.5.2. */
export function resetFor({ from, to, tcp, bytes }: Datagram): Omit<Datagram, "index"> {
  const ack = (tcp?.seq ?? 0) + Math.max(1, bytes.length);
  const header = { seq: tcp?.ack ?? 0, ack, flags: TcpFlag.rst | TcpFlag.ack };
  return { from: to, to: from, bytes: new Uint8Array(0), hops: DEFAULT_HOPS, tcp: header };
}
