import type { FlowTransport } from "../../protocol/tc/flow-transport.ts";
import type { Transport, TransportHandler } from "../../protocol/tc/transport.ts";
import type { Lab } from "../lab/index.ts";
import type { Line } from "./tc-stand.ts";
import { connectedStations, type TcStations } from "./tc-station.ts";

type Station = TcStations["near"];

/** One end of a group of flows. The one that is called has none before it hears of the first flow. */
class FlowEnd {
  readonly transport: Transport;
  #flows: FlowTransport | undefined;
  #handler: TransportHandler | undefined;

  /** Each call is a turn of the driver, at its time. */
  constructor(station: Station) {
    this.transport = {
      send: (message, options) => station.turn((now) => this.#flows?.send(message, options, now)),
      synchronize: (streamIds) => station.turn((now) => this.#flows?.synchronize(streamIds, now)),
      closeStream: (streamId) => station.turn(() => this.#flows?.closeStream(streamId)),
      close: () => station.turn(() => this.#flows?.close()),
    };
  }

  set flows(flows: FlowTransport) {
    this.#flows = flows;
    if (this.#handler) flows.handler = this.#handler;
  }

  get handler(): TransportHandler | undefined {
    return this.#handler;
  }

  set handler(handler: TransportHandler | undefined) {
    this.#handler = handler;
    if (this.#flows && handler) this.#flows.handler = handler;
  }
}

/** A NetConnection's flows between two stations of a lab; `carry` lets time pass there. */
export class FlowLine implements Line {
  readonly one: FlowEnd;
  readonly other: FlowEnd;
  /** To make the network a worse one. */
  readonly lab: Lab;

  constructor({ lab, near, far }: TcStations) {
    this.lab = lab;
    this.one = new FlowEnd(near);
    this.one.flows = near.router.start();
    this.other = new FlowEnd(far);
    far.accept = (flows, streamId) => {
      this.other.flows = flows;
      return streamId === 0;
    };
  }

  static async open(seed = 1): Promise<FlowLine> {
    return new FlowLine(await connectedStations(seed));
  }

  carry(): void {
    this.lab.advanceAtOnce(CARRY_MS);
  }
}

/** Some round trips, and no keepalive yet. */
const CARRY_MS = 1_000;
