import { RtmfpError } from "../../../protocol/errors.ts";
import type { Alarm } from "../../../protocol/io.ts";
import { type Address, formatAddress } from "../../../protocol/wire/address.ts";
import { TcpReceiver } from "./receiver.ts";
import { hasFlag, TcpFlag, type TcpHeader } from "./segment.ts";
import { TcpSender } from "./sender.ts";

/** What a socket asks of its host. */
export interface SocketPort {
  now(): number;
  alarm(ring: () => void): Alarm;
  callOut(call: () => void): void;
  transmit(header: TcpHeader, bytes: Uint8Array): void;
  /** The connection is open. */
  opened(socket: TcpSocket): void;
  /** The connection is over, with the error if it never opened. */
  ended(error: RtmfpError | undefined): void;
}

type State = "SYN_SENT" | "SYN_RECEIVED" | "ESTABLISHED" | "CLOSED";

/**
 * One end of a TCP connection: RFC 9293's handshake, also when both ends dial at once, then bytes in
 * order. Assign `onData` and `onClose` in the same turn in which the socket is handed over.
 */
export class TcpSocket {
  readonly localAddress: Address;
  readonly remoteAddress: Address;
  onData: (bytes: Uint8Array) => void = () => {};
  /** Once, when the connection is over: undefined, or why it broke. */
  onClose: (error: RtmfpError | undefined) => void = () => {};
  /** All that was sent has been acknowledged. */
  onDrain: () => void = () => {};
  readonly #port: SocketPort;
  readonly #sender: TcpSender;
  readonly #receiver = new TcpReceiver(FIRST_DATA);
  readonly #alarm: Alarm;
  #state: State;
  #tries = 0;
  #wasOpen = false;

  /** Dials at once if `isActive`, else waits for the SYN that is about to be given to `receive`. */
  constructor(port: SocketPort, local: Address, remote: Address, isActive: boolean) {
    this.#port = port;
    this.localAddress = local;
    this.remoteAddress = remote;
    this.#state = isActive ? "SYN_SENT" : "SYN_RECEIVED";
    this.#alarm = port.alarm(() => this.#retry());
    this.#sender = new TcpSender(
      {
        now: () => port.now(),
        alarm: (ring) => port.alarm(ring),
        transmit: (seq, bytes, isEnd) => this.#transmit(seq, bytes, isEnd ? TcpFlag.fin : 0),
        giveUp: () => this.#fail("TIMEOUT", "no longer answers"),
      },
      FIRST_DATA,
    );
    if (isActive) this.#retry();
  }

  get isOpen(): boolean {
    return this.#state === "ESTABLISHED";
  }

  /** Bytes sent and not acknowledged. */
  get bufferedBytes(): number {
    return this.#sender.bufferedBytes;
  }

  /** Sends bytes, which the socket copies; nothing happens when the connection is over. */
  send(bytes: Uint8Array): void {
    if (this.#state === "ESTABLISHED") this.#sender.send(bytes);
  }

  /** Ends the connection when all that was sent has arrived. */
  close(): void {
    if (this.#state === "ESTABLISHED") this.#sender.end();
    else this.destroy();
  }

  /** Ends the connection now: the far end is told by RST. */
  destroy(): void {
    if (this.#state === "CLOSED") return;
    if (this.#state === "ESTABLISHED") this.#transmit(0, NOTHING, TcpFlag.rst);
    this.#end(undefined);
  }

  /** A segment for this connection has arrived. */
  receive(header: TcpHeader, bytes: Uint8Array): void {
    if (this.#state === "CLOSED") return;
    if (hasFlag(header, TcpFlag.rst)) this.#reset();
    else if (hasFlag(header, TcpFlag.syn)) this.#synchronize(header);
    else this.#proceed(header, bytes);
  }

  /** A far end that has sent all forgets the connection, and its last acknowledgement may be lost. */
  #reset(): void {
    if (this.#receiver.isEnded) this.#end(undefined);
    else this.#fail("UNREACHABLE", "refused or reset the connection");
  }

  /** RFC 9293 §3.5: SYN and SYN meet halfway when both dial; a repeated one means our answer was lost. */
  #synchronize(header: TcpHeader): void {
    const isAnswer = hasFlag(header, TcpFlag.ack);
    if (isAnswer && this.#state !== "ESTABLISHED") this.#open();
    if (isAnswer) {
      this.#transmit(FIRST_DATA, NOTHING, 0);
    } else if (this.#state !== "ESTABLISHED") {
      this.#state = "SYN_RECEIVED";
      this.#tries = 0;
      this.#retry();
    }
  }

  #proceed(header: TcpHeader, bytes: Uint8Array): void {
    if (this.#state === "SYN_SENT") return;
    if (this.#state === "SYN_RECEIVED") this.#open();
    const isEnd = hasFlag(header, TcpFlag.fin);
    const isBare = bytes.length === 0 && !isEnd;
    const buffered = this.#sender.bufferedBytes;
    this.#sender.acknowledge(header.ack, isBare);
    const arrived = this.#receiver.receive(header.seq, bytes, isEnd);
    if (!isBare) this.#transmit(FIRST_DATA, NOTHING, 0);
    for (const ready of arrived) this.#tell(() => this.onData(ready));
    if (buffered > 0 && this.#sender.bufferedBytes === 0) this.#tell(() => this.onDrain());
    // An end answers an end, as Node's sockets do without allowHalfOpen.
    if (this.#receiver.isEnded) this.#sender.end();
    if (this.#receiver.isEnded && this.#sender.isDone) this.#end(undefined);
  }

  #tell(call: () => void): void {
    if (this.#state !== "CLOSED") this.#port.callOut(call);
  }

  /** RFC 9293's name of where the connection stands; closing is part of ESTABLISHED. */
  get state(): State {
    return this.#state;
  }

  #open(): void {
    this.#state = "ESTABLISHED";
    this.#wasOpen = true;
    this.#alarm.set(Number.POSITIVE_INFINITY);
    this.#port.opened(this);
  }

  /** Sends SYN, or SYN and ACK, until it is answered. */
  #retry(): void {
    if (this.#tries > SYN_RETRIES) {
      this.#fail("TIMEOUT", "does not answer");
      return;
    }
    const ack = this.#state === "SYN_RECEIVED" ? TcpFlag.ack : 0;
    this.#alarm.set(this.#port.now() + SYN_RETRY_MS * 2 ** this.#tries);
    this.#tries += 1;
    this.#port.transmit({ seq: 0, ack: ack ? 1 : 0, flags: TcpFlag.syn | ack }, NOTHING);
  }

  #transmit(seq: number, bytes: Uint8Array, flags: number): void {
    this.#port.transmit({ seq, ack: this.#receiver.next, flags: flags | TcpFlag.ack }, bytes);
  }

  #fail(code: "TIMEOUT" | "UNREACHABLE", what: string): void {
    this.#end(new RtmfpError(code, `${formatAddress(this.remoteAddress)} ${what}`));
  }

  #end(error: RtmfpError | undefined): void {
    if (this.#state === "CLOSED") return;
    this.#state = "CLOSED";
    this.#alarm.set(Number.POSITIVE_INFINITY);
    this.#sender.stop();
    this.#port.ended(error);
    if (this.#wasOpen) this.#port.callOut(() => this.onClose(error));
  }
}

const NOTHING = new Uint8Array(0);
/** SYN takes 0. */
const FIRST_DATA = 1;
/** RFC 6298 §2.1, and Linux's net.ipv4.tcp_syn_retries: 127 s in all. */
const SYN_RETRY_MS = 1000;
const SYN_RETRIES = 6;
