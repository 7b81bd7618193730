import type { PeerPlatform } from "../platform.ts";
import {
  MAPPING_PROTOCOLS,
  type Mapping,
  type MappingProtocol,
} from "../traversal/port-mapping/mapping.ts";
import { PortMapping } from "../traversal/port-mapping/port-mapping.ts";

/** What the router answers to one protocol. */
export interface PortMappingFinding {
  readonly protocol: MappingProtocol;
  /** It knows the protocol, whether it gave a mapping or not. */
  readonly isKnown: boolean;
  /** What it gave, for as long as the survey took. */
  readonly mapping: Mapping | undefined;
}

/**
 * Asks the router for a port by each protocol, and gives the ports back. Undefined: there is no router
 * to be asked. Takes six seconds at most. Never rejects.
 */
export async function surveyPortMapping(
  platform: PeerPlatform,
  signal: AbortSignal,
): Promise<readonly PortMappingFinding[] | undefined> {
  const { router } = platform;
  if (!router || !(await router.find().catch(() => undefined))) return undefined;
  return Promise.all(MAPPING_PROTOCOLS.map((protocol) => ask(platform, protocol, signal)));
}

/** For a port of its own: what is given back by one must not be what another was given. */
async function ask(
  { io, router }: PeerPlatform,
  protocol: MappingProtocol,
  signal: AbortSignal,
): Promise<PortMappingFinding> {
  const link = await io.bind({ ip: "0.0.0.0", port: 0 }, () => undefined).catch(() => undefined);
  if (!link) return { protocol, isKnown: false, mapping: undefined };
  let onEnd: () => void = () => undefined;
  const alarm = io.alarm(() => onEnd());
  const answered = new Promise<void>((resolve) => {
    onEnd = resolve;
  });
  const onChange = (): void => onEnd();
  const options = { internalPort: link.address.port, protocols: [protocol], onChange };
  const mapping = new PortMapping({ io, router }, { ...options, onNone: onChange });
  signal.addEventListener("abort", onChange, { once: true });
  alarm.set(io.now() + (signal.aborted ? 0 : ANSWER_MS));
  await answered;
  alarm.set(Number.POSITIVE_INFINITY);
  signal.removeEventListener("abort", onChange);
  const finding = { protocol, isKnown: mapping.isKnown, mapping: mapping.mapping };
  await Promise.all([mapping.close(), link.close()]);
  return finding;
}

/** UPnP takes the longest: a search, and three requests. */
const ANSWER_MS = 5_000;
