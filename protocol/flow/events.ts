import type { OutgoingMessage } from "./outgoing-message.ts";
import type { RecvFlow } from "./recv-flow.ts";
import type { SendFlow } from "./send-flow.ts";

/** What flows tell the user of their session. */
export type FlowEvent =
  /** The far end opened a flow: accept it before the handler returns, or it is rejected. */
  | { readonly type: "flow"; readonly flow: RecvFlow }
  | {
      readonly type: "message";
      readonly flow: RecvFlow;
      /** The receiver's to keep. */
      readonly bytes: Uint8Array;
      /** The sender abandoned messages before this one. */
      readonly afterGap: boolean;
    }
  /** The time for which it was paused is over. */
  | { readonly type: "flow-resumed"; readonly flow: RecvFlow }
  /** No more messages: the far end closed the flow, or the session ended. */
  | { readonly type: "flow-ended"; readonly flow: RecvFlow; readonly isComplete: boolean }
  /** The far end does not want our flow; everything queued is abandoned. */
  | { readonly type: "flow-rejected"; readonly flow: SendFlow; readonly exceptionCode: number }
  | { readonly type: "outcome"; readonly message: OutgoingMessage };

export type EmitFlowEvent = (event: FlowEvent) => void;
