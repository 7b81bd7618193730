import type { Compat } from "../wire/compat.ts";
import type { EmitFlowEvent } from "./events.ts";
import type { Fragment } from "./fragment.ts";
import type { SendFlow } from "./send-flow.ts";

/** What a sending flow needs of the session it belongs to. */
export interface SendFlowOwner {
  readonly emit: EmitFlowEvent;
  /**
   * Bytes of the fragments that a message is cut into, so that one fits into any packet next to
   * `optionsLength` bytes of options.
   */
  fragmentBytes(optionsLength: number, messageLength: number): number;
  /** The flow may have something to send, or another timeout. */
  wake(flow: SendFlow): void;
  /** `fragment` is to be sent again, without being counted as lost. */
  retry(fragment: Fragment): void;
  /** "flash": the far end ends sessions when it is probed, so it never is. */
  readonly compat: Compat | undefined;
}
