import type { Writer } from "../bytes/writer.ts";
import { HIGHEST_PRIORITY } from "../flow/send-flows.ts";
import { PacketMode } from "../wire/packet.ts";
import { Asides } from "./asides.ts";
import { ControlQueue } from "./control-queue.ts";
import { type Path, samePath, type Transmit } from "./events.ts";
import type { Liveness } from "./liveness.ts";
import { PacketAssembler, type PacketSources } from "./packet-assembler.ts";
import type { SessionStats, SessionTerms } from "./session-terms.ts";

type OutboxSources = Omit<PacketSources, "control" | "mode" | "cipher">;

/** What a session says, packet by packet: over its own path, and aside over others. */
export class Outbox {
  readonly #sources: PacketSources;
  readonly #asides = new Asides();
  readonly #assembler: PacketAssembler;
  readonly #liveness: Liveness;
  readonly #stats = { sentPackets: 0, sentBytes: 0 };

  constructor(sources: OutboxSources, liveness: Liveness, terms: SessionTerms) {
    this.#liveness = liveness;
    const { receiving, sending, roundTrip, transmission, pathMtu } = sources;
    const mode = PacketMode[terms.role];
    const { cipher } = terms.keys;
    const control = new ControlQueue();
    // Spreading `sources` would make V8 describe the layout of the result for every session anew: 0.5 KB.
    const all = { mode, cipher, control, receiving, sending, roundTrip, transmission, pathMtu };
    this.#sources = all;
    this.#assembler = new PacketAssembler(all, terms.farSessionId);
  }

  get stats(): Omit<SessionStats, "receivedPackets" | "receivedBytes"> {
    const { pathMtu, transmission } = this.#sources;
    const [datagramBytes, windowBytes] = [pathMtu.datagramBytes, transmission.windowBytes];
    return { datagramBytes, windowBytes, ...this.#stats };
  }

  /** See `PacketAssembler`. */
  fragmentBytes(optionsLength: number, messageLength: number): number {
    return this.#assembler.fragmentBytes(optionsLength, messageLength);
  }

  /** Priority of what it would send now; what is not user data is short and goes first. */
  urgency(now: number): number {
    const { control, receiving, sending } = this.#sources;
    const hasChunks = !control.isEmpty || !this.#asides.isEmpty;
    return hasChunks || receiving.mustAcknowledge ? HIGHEST_PRIORITY : sending.urgency(now);
  }

  /** A chunk that goes where the session's packets go when it is sent. */
  say(write: (writer: Writer) => void): void {
    this.#sources.control.push(write);
  }

  /** A chunk that goes over `path`, which may be another than the session's `current` one. */
  sayTo(path: Path, current: Path, write: (writer: Writer) => void): void {
    if (samePath(path, current)) this.say(write);
    else this.#asides.push(path, write);
  }

  /** A Ping Reply, which may be that to a probe of the path MTU. */
  takeProbeReply(message: Uint8Array): void {
    this.#sources.pathMtu.takeReply(message);
  }

  clear(): void {
    this.#sources.control.clear();
    this.#asides.clear();
  }

  /** The next datagram; `path` is the session's. */
  poll(path: Path, isOpen: boolean, now: number): Transmit | undefined {
    const { pathMtu, roundTrip } = this.#sources;
    pathMtu.follow(path);
    for (let aside = this.#asides.path; aside; aside = this.#asides.path) {
      const datagram = this.#assembler.assembleAside(this.#asides, now);
      if (datagram) return this.#transmit(datagram, aside);
    }
    const packet = this.#assembler.assemble(isOpen, now);
    if (!packet) {
      // Nothing waits for a probe.
      const probe = isOpen ? pathMtu.takeProbe(now, roundTrip.timeoutMs) : undefined;
      return probe && this.#transmit(this.#assembler.assembleProbe(probe, now), path);
    }
    this.#sources.transmission.noteSent(packet, now);
    if (packet.userData !== "nothing") this.#liveness.noteExpecting(now);
    return this.#transmit(packet.datagram, path);
  }

  #transmit(datagram: Uint8Array, { link, address }: Path): Transmit {
    this.#stats.sentPackets += 1;
    this.#stats.sentBytes += datagram.length;
    return { type: "transmit", link, to: address, bytes: datagram };
  }
}
