import type { SendFlow } from "../../protocol/flow/send-flow.ts";
import type { Session } from "../../protocol/session/session.ts";
import { type Host, Lab } from "../lab/index.ts";
import { Station, type StationOptions } from "./station.ts";

export interface BottleneckOptions extends StationOptions {
  readonly seed: number;
  readonly bitsPerSecond: number;
  readonly roundTripMs: number;
  readonly queueBytes: number;
  readonly loss?: number;
}

const RECEIVER = "10.0.0.100";
const IP_AND_UDP_BYTES = 28;

/** Senders with a path each, which end in one slow line with a queue to their common receiver. */
export class Bottleneck {
  readonly lab: Lab;
  readonly receiver: Host;
  readonly #options: BottleneckOptions;
  readonly #senders: Sender[] = [];
  #far: Station | undefined;

  constructor(options: BottleneckOptions) {
    const { seed, bitsPerSecond, roundTripMs, queueBytes, loss } = options;
    this.#options = options;
    const conditions = { delayMs: roundTripMs / 2 };
    this.lab = new Lab({ seed, conditions, isPromiseFree: true });
    const down = { bytesPerSecond: bitsPerSecond / 8, queueBytes, loss };
    this.receiver = this.lab.host(RECEIVER, { down });
    const sentAt = new Map<number, number>();
    this.lab.tap(({ at, fate, datagram: { index, from, to, bytes } }) => {
      if (to.ip !== RECEIVER || bytes.length < DATA_BYTES) return;
      if (fate === "sent") sentAt.set(index, at);
      if (fate !== "delivered") return;
      const sender = this.#senders.find(({ ip }) => ip === from.ip);
      sender?.note(bytes.length + IP_AND_UDP_BYTES, at - (sentAt.get(index) ?? at));
      sentAt.delete(index);
    });
  }

  /** A new sender with an open session to the receiver. */
  async sender(options: StationOptions = this.#options): Promise<Sender> {
    this.#far ??= await new Station(this.receiver.io, 0).listen(RECEIVER, 1935);
    const ip = `10.0.0.${this.#senders.length + 1}`;
    const near = new Station(this.lab.host(ip).io, this.#senders.length + 1, options);
    await near.listen(ip, 1935);
    near.dial(this.#far);
    await this.lab.runUntil(() => near.sessions.length > 0, 60_000);
    const sender = new Sender(this.lab, near, ip);
    this.#senders.push(sender);
    return sender;
  }

  /** Sends datagrams at a constant rate from a host of their own, until `untilMs`. */
  async disturb(bitsPerSecond: number, untilMs: number): Promise<void> {
    const { io, ip } = this.lab.host("10.0.0.200");
    const link = await io.bind({ ip, port: 1 }, () => undefined);
    const bytes = new Uint8Array(DISTURBANCE_BYTES);
    const periodMs = ((bytes.length + IP_AND_UDP_BYTES) * 8_000) / bitsPerSecond;
    const alarm = io.alarm(() => send());
    const send = (): void => {
      link.send(bytes, { ip: RECEIVER, port: 1 });
      alarm.set(io.now() < untilMs ? io.now() + periodMs : Number.POSITIVE_INFINITY);
    };
    send();
  }
}

/** One sender behind the bottleneck, and what arrives of it. */
export class Sender {
  readonly station: Station;
  readonly ip: string;
  readonly #lab: Lab;
  #bytes = 0;
  #since: number;
  #delaysMs: number[] = [];

  constructor(lab: Lab, station: Station, ip: string) {
    this.#lab = lab;
    this.#since = lab.now;
    this.station = station;
    this.ip = ip;
  }

  get session(): Session {
    return this.station.session;
  }

  note(bytes: number, delayMs: number): void {
    this.#bytes += bytes;
    this.#delaysMs.push(delayMs);
  }

  /** Queues more than the line can carry. */
  flood(megabytes: number, priority = 3): SendFlow {
    const flow = this.station.openFlow("flood", { priority });
    const bytes = new Uint8Array(50_000);
    let left = megabytes * 20;
    const sendOne = (now: number): void => {
      if (left === 0) return;
      left -= 1;
      flow.send(bytes, {}, now).onOutcome = (isDelivered) => {
        if (isDelivered) this.station.driver.turn(sendOne);
      };
    };
    this.station.driver.turn((now) => {
      for (let count = 0; count < MESSAGES_QUEUED; count += 1) sendOne(now);
    });
    return flow;
  }

  /** Forgets what has arrived. */
  restart(): void {
    this.#bytes = 0;
    this.#since = this.#lab.now;
    this.#delaysMs = [];
  }

  /** Bits of IP packets per second that arrived since the last `restart`. */
  get bitsPerSecond(): number {
    return (this.#bytes * 8_000) / (this.#lab.now - this.#since);
  }

  /** The one-way delay in ms that this share of the packets did not exceed. */
  delayMs(share: number): number {
    const sorted = this.#delaysMs.toSorted((one, other) => one - other);
    return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  }
}

/** Larger than acknowledgements. */
const DATA_BYTES = 300;
const DISTURBANCE_BYTES = 1_000;

/** Of a flood: 10 MB, more than any path here carries at once. */
const MESSAGES_QUEUED = 200;
