import assert from "node:assert/strict";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { FlowTransport } from "../../protocol/tc/flow-transport.ts";
import type { TransportHandler } from "../../protocol/tc/transport.ts";
import { media } from "./media.ts";
import { connectedStations, type TcStations } from "./tc-station.ts";

/** Writes down what comes, and does what it is told on each message. */
export class Receiver implements TransportHandler {
  readonly messages: Message[] = [];
  ends = 0;
  act: (message: Message) => void = () => undefined;

  onMessage(message: Message): void {
    this.messages.push(message);
    this.act(message);
  }

  onEnd(): void {
    this.ends += 1;
  }
}

export interface Group extends TcStations {
  readonly transport: FlowTransport;
  readonly accepted: FlowTransport;
  readonly ofNear: Receiver;
  readonly ofFar: Receiver;
}

/** A group of flows between two receivers, started by `near` on a message stream, and answered. */
export async function group(streamId: number, between?: TcStations): Promise<Group> {
  const stations = between ?? (await connectedStations());
  const { lab, near, far } = stations;
  const ofNear = new Receiver();
  const ofFar = new Receiver();
  let accepted: FlowTransport | undefined;
  far.accept = (transport, id) => {
    assert.equal(id, streamId);
    accepted = transport;
    transport.handler = ofFar;
    return true;
  };
  const transport = near.router.start();
  transport.handler = ofNear;
  near.turn((now) => transport.send({ ...media.data("hello"), streamId }, {}, now));
  await lab.runUntil(() => ofFar.messages.length === 1, 1_000);
  assert.ok(accepted);
  const answers = accepted;
  // Flows that follow are returns to the far end's control flow, so there has to be one.
  far.turn((now) => answers.send({ ...media.data("hi"), streamId }, {}, now));
  await lab.runUntil(() => ofNear.messages.length === 1, 1_000);
  return { ...stations, transport, accepted, ofNear, ofFar };
}
