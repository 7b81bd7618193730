export {
  type Dependence,
  NAT_DEFAULTS,
  type NatConfig,
  type NatSettings,
  type NatTimers,
  type PortAllocation,
} from "./config.ts";
export { Nat, type NatDrop, type NatPacket, type NatVerdict } from "./nat.ts";
