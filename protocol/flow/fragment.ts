import type { FragmentControl } from "../wire/chunks/user-data.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import type { SendFlow } from "./send-flow.ts";

/** One entry of a sending flow's queue, RFC 7016 §3.6.2. */
export class Fragment {
  readonly flow: SendFlow;
  /** It changes only as long as nobody has heard of it: see `SendQueue`. */
  sequenceNumber: number;
  readonly control: FragmentControl;
  /** Empty once it is acknowledged, or abandoned and its place is needed. */
  data: Uint8Array;
  /** None: a placeholder that only ends the flow, abandoned from the start. */
  readonly message: OutgoingMessage | undefined;
  isInFlight = false;
  /**
   * 0 as long as it is not acknowledged; then this and all before the number here are, so that nobody has
   * to look at them one by one again.
   */
  acknowledgedUpTo = 0;
  timesSent = 0;
  wasSentAbandoned = false;
  /** RFC 7016 §3.6.2.5 */
  nakCount = 0;
  /** Bytes of the chunk when it was last sent. */
  transmitSize = 0;
  /** It was the last one in a packet that not every path carries. */
  wasInLargePacket = false;
  /** Its place in the order in which the session sent fragments, RFC 7016 §3.6.2.5. */
  transmissionNumber = 0;

  constructor(
    flow: SendFlow,
    sequenceNumber: number,
    control: FragmentControl,
    data: Uint8Array,
    message: OutgoingMessage | undefined,
  ) {
    this.flow = flow;
    this.sequenceNumber = sequenceNumber;
    this.control = control;
    this.data = data;
    this.message = message;
  }

  get isAcknowledged(): boolean {
    return this.acknowledgedUpTo > 0;
  }

  get wasEverSent(): boolean {
    return this.timesSent > 0;
  }

  get isAbandoned(): boolean {
    return this.message === undefined || this.message.isAbandoned;
  }
}
