export interface SendFlowOptions {
  /** At most 512 bytes; the receiver decides by it whether it wants the flow. */
  readonly metadata: Uint8Array;
  /** The far end's flow that this one answers. */
  readonly returnAssociation?: number | undefined;
  /**
   * 0 to 7, strictly in this order; above 3 is time critical (real-time).
   * @default 3
   */
  readonly priority?: number | undefined;
}
