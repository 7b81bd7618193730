/**
 * In which order a flow's messages are delivered, RFC 7016 §3.6.3.3: that of their sequence numbers;
 * each as soon as it is complete, whatever is missing before it; or none for now.
 */
export type ReceiveOrder = "sequence" | "network" | "hold";

export interface AcceptOptions {
  /**
   * What the flow may hold while messages wait, as far as the session has room. The one that is being
   * received in sequence does not count.
   * @default 2 097 152
   */
  readonly bufferBytes?: number | undefined;
  /**
   * A longer message, cut into fragments and received in sequence, ends the flow.
   * @default 16 777 215
   */
  readonly maxMessageBytes?: number | undefined;
  /** @default "sequence" */
  readonly order?: ReceiveOrder | undefined;
}

/** Throws RangeError naming the field if `bytes` is no size. */
export function checkBytes(name: string, bytes: number): void {
  if (!(bytes > 0)) throw new RangeError(`${name}: more than 0, not ${bytes}`);
}
