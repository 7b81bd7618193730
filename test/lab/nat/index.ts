export {
  LINUX_NAT,
  MATRIX_CLASSES,
  NAT_CLASSES,
  type NatClass,
  natClass,
} from "./classes.ts";
export {
  type Dependence,
  NAT_DEFAULTS,
  type NatConfig,
  type NatSettings,
  type NatTimers,
  type PortAllocation,
} from "./config.ts";
export { expected, type Meeting } from "./expected.ts";
export { Nat, type NatDrop, type NatPacket, type NatVerdict } from "./nat.ts";
export { type Placed, placeBehind } from "./place.ts";
