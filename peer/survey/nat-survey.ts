import { serverDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { WaitOptions } from "../options.ts";
import { socketOf } from "../paths/nat-explorer.ts";
import { nodePlatform, type PeerPlatform } from "../platform.ts";
import { HairpinTest } from "../traversal/hairpin-test.ts";
import { type MappingLifetime, MappingLifetimeTest } from "../traversal/mapping-lifetime.ts";
import { NatDiscovery } from "../traversal/nat-discovery.ts";
import { type NatReport, UNKNOWN_NAT } from "../traversal/nat-report.ts";
import { parseRendezvousUrl, type RendezvousUrl } from "../url.ts";
import { type PortMappingFinding, surveyPortMapping } from "./port-mapping-survey.ts";
import { QueryBench } from "./query-bench.ts";

export interface NatSurveyOptions extends WaitOptions {
  /**
   * How long to wait at most to see how long mappings live, ms.
   * @default 0: that is not looked at
   */
  readonly lifetimeLimitMs?: number | undefined;
  /**
   * The world around; a simulation passes its own.
   * @default that of Node.js
   */
  readonly platform?: PeerPlatform | undefined;
}

/** What one address family of this host can do. */
export interface FamilySurvey {
  /** Where the server answers, if it does. */
  readonly server: Address;
  readonly report: NatReport;
  /**
   * Could the server answer from another IP address? Else "address-dependent" may be
   * "endpoint-independent".
   */
  readonly isFilteringCertain: boolean;
  /** Undefined: not looked at, or not found out. */
  readonly lifetime: MappingLifetime | undefined;
}

/** All that this host can learn of its network with the help of a rendezvous server. */
export interface NatSurvey {
  /** Undefined: the server has no address of this family, or this host has none. */
  readonly ipv4: FamilySurvey | undefined;
  readonly ipv6: FamilySurvey | undefined;
  /** Addresses of this host that the whole internet may reach, if no firewall is there. */
  readonly ipv6Addresses: readonly string[];
  /** Does the server answer over TCP? */
  readonly isTcpOpen: boolean;
  /** By protocol; undefined: there is no router to be asked. */
  readonly portMapping: readonly PortMappingFinding[] | undefined;
}

/**
 * Looks at the NATs between this host and the server of an `rtmfp://host[:port]/app` URL: less than ten
 * seconds, and the time for the lifetime of mappings. A server that does not answer is a finding, not
 * an error. Rejects with `NOT_FOUND` (no such host), TypeError for what is no URL, or the signal's
 * reason.
 */
export async function surveyNat(url: string, options: NatSurveyOptions = {}): Promise<NatSurvey> {
  const { platform = nodePlatform, signal } = options;
  const where = parseRendezvousUrl(url);
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  either.throwIfAborted();
  try {
    const ips = await platform.resolve(where.host);
    const family = (isV6: boolean): Promise<FamilySurvey | undefined> => {
      const ip = ips.find((one) => one.includes(":") === isV6);
      if (ip === undefined || (isV6 && !hasIpv6(platform, ip))) return Promise.resolve(undefined);
      const server = { ip, port: where.port };
      return surveyFamily(platform, { ...where, server }, options, either);
    };
    const [ipv4, ipv6, isTcpOpen, portMapping] = await Promise.all([
      family(false),
      family(true),
      answersTcp(platform, where, either),
      surveyPortMapping(platform, either),
    ]);
    either.throwIfAborted();
    const ipv6Addresses = platform.interfaces().filter(isGlobalIpv6);
    return { ...judged({ ipv4, ipv6 }, isTcpOpen), ipv6Addresses, isTcpOpen, portMapping };
  } finally {
    stop.abort(new RtmfpError("CLOSED", "the survey is over"));
  }
}

async function surveyFamily(
  platform: PeerPlatform,
  { server, href }: Pick<RendezvousUrl, "href"> & { readonly server: Address },
  { lifetimeLimitMs = 0 }: NatSurveyOptions,
  signal: AbortSignal,
): Promise<FamilySurvey | undefined> {
  const isV6 = server.ip.includes(":");
  const bench = await QueryBench.open(platform, isV6 ? "::" : "0.0.0.0").catch(() => undefined);
  if (!bench) return undefined;
  try {
    const seen = await bench.seenBy(server, { signal });
    const silent = { server, isFilteringCertain: false, lifetime: undefined };
    if (!seen) {
      const isOpen = await bench.opensSession(serverDiscriminator(href), server, { signal });
      return { ...silent, report: { ...UNKNOWN_NAT, udp: isOpen ? "open" : "blocked" } };
    }
    const servers = [server, ...seen.others.map((other) => socketOf(other, server))];
    const report = await discover(bench, platform, servers, signal);
    if (report.isTranslated === undefined) return { ...silent, report };
    const terms = { server, pacer: bench.pacer };
    const now = platform.io.now();
    const lifetimeTest = new MappingLifetimeTest({ ...terms, limitMs: lifetimeLimitMs });
    const [hairpin, lifetime] = await Promise.all([
      report.isTranslated ? testHairpin(bench, new HairpinTest(terms), now, signal) : undefined,
      lifetimeLimitMs > 0 ? testLifetime(bench, lifetimeTest, now, signal) : undefined,
    ]);
    const isFilteringCertain = servers.some(({ ip }) => ip !== server.ip);
    return { server, report: { ...report, hairpin }, isFilteringCertain, lifetime };
  } finally {
    await bench.close();
  }
}

async function discover(
  bench: QueryBench,
  platform: PeerPlatform,
  servers: readonly Address[],
  signal: AbortSignal,
): Promise<NatReport> {
  const localIps = [...platform.interfaces(), ...LOOPBACK];
  const terms = { servers, localIps, pacer: bench.pacer };
  const discovery = new NatDiscovery({ ...terms, filterGraceMs: FILTER_GRACE_MS });
  discovery.start(bench.port, platform.io.now());
  const { report } = await bench.run(discovery, { signal });
  // Nobody could have answered from elsewhere.
  return servers.length > 1 ? report : { ...report, filtering: "unknown" };
}

async function testHairpin(
  bench: QueryBench,
  test: HairpinTest,
  now: number,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  test.start(now);
  return (await bench.run(test, { signal })).hairpin;
}

async function testLifetime(
  bench: QueryBench,
  test: MappingLifetimeTest,
  now: number,
  signal: AbortSignal,
): Promise<MappingLifetime | undefined> {
  test.start(now);
  return (await bench.run(test, { signal })).lifetime;
}

/** Without TCP, nobody knows whether UDP is blocked or the server is not there. */
function judged<Families extends Pick<NatSurvey, "ipv4" | "ipv6">>(
  { ipv4, ipv6 }: Families,
  isTcpOpen: boolean,
): Pick<NatSurvey, "ipv4" | "ipv6"> {
  const isThere = isTcpOpen || [ipv4, ipv6].some((family) => family?.report.udp === "open");
  const judge = (family: FamilySurvey | undefined): FamilySurvey | undefined =>
    family && !isThere ? { ...family, report: UNKNOWN_NAT } : family;
  return { ipv4: judge(ipv4), ipv6: judge(ipv6) };
}

/** Is there an RTMP server where the URL points? It listens on the same port. */
async function answersTcp(
  { connectRtmp }: PeerPlatform,
  { host, port, app }: RendezvousUrl,
  signal: AbortSignal,
): Promise<boolean> {
  if (!connectRtmp) return false;
  const name = host.includes(":") ? `[${host}]` : host;
  const handler = { onMessage: () => undefined, onEnd: () => undefined };
  const options = { signal, handshakeTimeoutMs: TCP_ANSWER_MS };
  try {
    const way = await connectRtmp(`rtmp://${name}:${port}/${app}`, () => handler, options);
    way.close();
    return true;
  } catch {
    return false;
  }
}

function hasIpv6(platform: PeerPlatform, serverIp: string): boolean {
  return serverIp === "::1" || platform.interfaces().some((ip) => ip.includes(":"));
}

/** 2000::/3, RFC 4291 §2.4. */
function isGlobalIpv6(ip: string): boolean {
  return /^[23][0-9a-f]{3}:/i.test(ip);
}

const LOOPBACK = ["127.0.0.1", "::1"];
const TCP_ANSWER_MS = 4_000;
/** Nobody waits for a session here: better late than wrong. */
const FILTER_GRACE_MS = 400;
