import {
  MAX_PACKET_FRAGMENTS,
  MAX_REASSEMBLED_BYTES,
  MAX_REASSEMBLIES,
  MAX_REASSEMBLIES_PER_SOURCE,
  REASSEMBLY_PROGRESS_MS,
} from "../params.ts";
import type { PacketFragment } from "../wire/chunks/packet-fragment.ts";

/** Who sends fragments. */
export interface FragmentSource {
  /** Whose packet IDs they are: two senders may use the same. */
  readonly sender: string;
  /** Who has a share of what is kept, with as many senders as it likes. */
  readonly host: string;
}

/** A plain packet, and how many fragments it came in. */
export interface ReassembledPacket {
  readonly bytes: Uint8Array;
  readonly fragments: number;
}

/**
 * Puts packets together again that came as Packet Fragments, RFC 7016 §3.4. What anybody may send
 * takes no more memory than the limits allow: when there are too many packets, in all or of one host, the
 * one of them goes that has waited longest for its next fragment.
 */
export class PacketReassembly {
  /** By where they come from and their packet ID, the latest progress last. BOUNDED: MAX_REASSEMBLIES. */
  readonly #packets = new Map<string, Incomplete>();

  get size(): number {
    return this.#packets.size;
  }

  /** When the one that has waited longest is given up, ms. */
  get timeout(): number {
    for (const packet of this.#packets.values()) return packet.expiresAt;
    return Number.POSITIVE_INFINITY;
  }

  /** Answers the packet if this was the last fragment that it lacked. */
  take(
    fragment: PacketFragment,
    source: FragmentSource,
    now: number,
  ): ReassembledPacket | undefined {
    this.advance(now);
    if (fragment.bytes.length === 0 || fragment.fragmentNumber >= MAX_PACKET_FRAGMENTS) {
      return undefined;
    }
    const key = `${source.sender} ${fragment.packetId}`;
    const packet = this.#packets.get(key) ?? new Incomplete(source.host, now);
    if (!packet.add(fragment, now)) return undefined;
    this.#packets.delete(key);
    if (packet.isComplete) return { bytes: packet.join(), fragments: packet.length };
    if (packet.bytes <= MAX_REASSEMBLED_BYTES) this.#keep(key, packet);
    return undefined;
  }

  /** Forgets what was given up. */
  advance(now: number): void {
    for (const [key, packet] of this.#packets) {
      if (now >= packet.expiresAt) this.#packets.delete(key);
    }
  }

  #keep(key: string, packet: Incomplete): void {
    this.#keepBelow(MAX_REASSEMBLIES_PER_SOURCE, (other) => other.host === packet.host);
    this.#keepBelow(MAX_REASSEMBLIES, () => true);
    this.#packets.set(key, packet);
  }

  /** Makes room for one more among those. */
  #keepBelow(limit: number, isOne: (packet: Incomplete) => boolean): void {
    let count = 0;
    let oldest: string | undefined;
    for (const [key, packet] of this.#packets) {
      if (!isOne(packet)) continue;
      oldest ??= key;
      count += 1;
      if (count < limit) continue;
      this.#packets.delete(oldest);
      return;
    }
  }
}

/** A packet of which fragments are missing. */
class Incomplete {
  /** BOUNDED: MAX_PACKET_FRAGMENTS, and MAX_REASSEMBLED_BYTES in all. */
  readonly #fragments = new Map<number, Uint8Array>();
  readonly host: string;
  #progressedAt: number;
  /** How many there are, once the final one has come. */
  #count = Number.POSITIVE_INFINITY;
  #bytes = 0;

  constructor(host: string, now: number) {
    this.host = host;
    this.#progressedAt = now;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Fragments that have come. */
  get length(): number {
    return this.#fragments.size;
  }

  get isComplete(): boolean {
    return this.#fragments.size === this.#count && this.#bytes <= MAX_REASSEMBLED_BYTES;
  }

  get expiresAt(): number {
    return this.#progressedAt + REASSEMBLY_PROGRESS_MS;
  }

  /** Answers false for a fragment that is there already, or contradicts what is. */
  add({ fragmentNumber, moreFragments, bytes }: PacketFragment, now: number): boolean {
    if (fragmentNumber >= this.#count || this.#fragments.has(fragmentNumber)) return false;
    if (!moreFragments && !this.#end(fragmentNumber + 1)) return false;
    // A copy: the view would keep all of its datagram.
    this.#fragments.set(fragmentNumber, bytes.slice());
    this.#bytes += bytes.length;
    this.#progressedAt = now;
    return true;
  }

  join(): Uint8Array {
    const joined = new Uint8Array(this.#bytes);
    let at = 0;
    for (let number = 0; number < this.#count; number += 1) {
      const fragment = this.#fragments.get(number);
      if (!fragment) continue;
      joined.set(fragment, at);
      at += fragment.length;
    }
    return joined;
  }

  #end(count: number): boolean {
    const isKnown = this.#count !== Number.POSITIVE_INFINITY;
    for (const number of this.#fragments.keys()) if (number >= count) return false;
    if (isKnown) return false;
    this.#count = count;
    return true;
  }
}
