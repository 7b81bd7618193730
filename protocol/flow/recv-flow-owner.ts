import type { Compat } from "../wire/compat.ts";
import type { EmitFlowEvent } from "./events.ts";
import type { RecvBudget } from "./recv-budget.ts";
import type { RecvFlow } from "./recv-flow.ts";

/** What a receiving flow needs of the session it belongs to. */
export interface RecvFlowOwner {
  readonly emit: EmitFlowEvent;
  /** The flow wants to be acknowledged at once. */
  acknowledge(flow: RecvFlow): void;
  /** The flow's timeout has become earlier. */
  schedule(flow: RecvFlow): void;
  /** "flash": the far end ends sessions when it sees a closed window, so it never does. */
  readonly compat: Compat | undefined;
  /** What all flows of the session hold together. */
  readonly budget: RecvBudget;
}
