import type { FamilySurvey, NatSurvey } from "../../peer/survey/nat-survey.ts";
import type { PortMappingFinding } from "../../peer/survey/port-mapping-survey.ts";
import type { MappingLifetime } from "../../peer/traversal/mapping-lifetime.ts";
import type { NatReport } from "../../peer/traversal/nat-report.ts";
import { formatAddress } from "../../protocol/wire/address.ts";

type Row = readonly [label: string, text: string];

/** What was found, in the words of RFC 4787, line by line. */
export function findings(survey: NatSurvey, isLifetimeTested: boolean): string[] {
  const { ipv4, ipv6, portMapping, isTcpOpen } = survey;
  const rows: Row[] = [
    ...(ipv4
      ? familyRows(ipv4, isLifetimeTested)
      : [["IPv4", "the server has no address"] as const]),
    ["IPv6", ipv6Text(survey)],
    ...(ipv6 ? familyRows(ipv6, isLifetimeTested) : []),
    ["TCP to the server", isTcpOpen ? "open" : "no answer"],
    ["port mapping", portMapping ? portMapping.map(mappingText).join("; ") : "no router to ask"],
  ];
  return rows.map(([label, text]) => `  ${label.padEnd(LABEL_WIDTH)}  ${text}`);
}

function familyRows({ report, ...rest }: FamilySurvey, isLifetimeTested: boolean): Row[] {
  const { isFilteringCertain, lifetime } = rest;
  const family = rest.server.ip.includes(":") ? "IPv6" : "IPv4";
  if (report.udp !== "open") return [[`UDP over ${family}`, UDP_TEXT[report.udp]]];
  if (report.isTranslated === undefined) return [[`UDP over ${family}`, NO_QUESTIONS]];
  return [
    [`UDP over ${family}`, UDP_TEXT.open],
    ["seen by the server", seenText(report)],
    ["mapping", mappingKind(report)],
    ["filtering", filteringKind(report, isFilteringCertain)],
    ["port allocation", allocationText(report)],
    ["hairpinning", hairpinText(report)],
    ["mapping lifetime", lifetimeText(lifetime, isLifetimeTested)],
  ];
}

function seenText({ reflexive, isTranslated }: NatReport): string {
  const addresses = reflexive.map(formatAddress).join(", ");
  return isTranslated ? addresses : `${addresses}, as it is: there is no NAT`;
}

function mappingKind({ isTranslated, mapping, isMappingCertain }: NatReport): string {
  if (isTranslated === false) return "none";
  const doubt = "as far as two ports of one server show: it may be address-dependent";
  const isDoubtful = mapping === "endpoint-independent" && !isMappingCertain;
  return isDoubtful ? `${mapping}, ${doubt}` : mapping;
}

function filteringKind({ filtering }: NatReport, isCertain: boolean): string {
  if (filtering === "unknown") return "unknown: the server has but one socket";
  const isDoubtful = filtering === "address-dependent" && !isCertain;
  return isDoubtful ? `${filtering}, or none: the server has but one IP address` : filtering;
}

function allocationText({ allocation }: NatReport): string {
  switch (allocation.type) {
    case "preserving":
      return "port preservation";
    case "sequential":
      return `sequential, in steps of ${allocation.step}`;
    case "block":
      return `random within a block, ${allocation.base} to ${allocation.base + allocation.size - 1}`;
    case "random":
      return "random";
    case "unknown":
      return "unknown";
  }
}

function hairpinText({ hairpin, isTranslated }: NatReport): string {
  if (hairpin === undefined) return isTranslated ? "unknown" : "needs none";
  return hairpin ? "supported" : "not supported";
}

/** After one exchange of packets: a busy mapping may live longer. */
function lifetimeText(lifetime: MappingLifetime | undefined, isTested: boolean): string {
  if (!isTested) return "not tested: --lifetime SECONDS does, and takes as long";
  if (!lifetime) return "unknown";
  const { atLeastMs, lessThanMs } = lifetime;
  return lessThanMs === undefined
    ? `more than ${atLeastMs / 1_000} s`
    : `between ${atLeastMs / 1_000} and ${lessThanMs / 1_000} s`;
}

function ipv6Text({ ipv6, ipv6Addresses }: NatSurvey): string {
  if (ipv6Addresses.length > 0) {
    const untested = ipv6 ? "" : "; not tested: the server has no IPv6 address";
    return `${ipv6Addresses.join(", ")}${untested}`;
  }
  return "no address that the internet reaches";
}

function mappingText({ protocol, isKnown, mapping }: PortMappingFinding): string {
  const name = PROTOCOL_TEXT[protocol];
  if (mapping) return `${name} gives ${formatAddress(mapping.external)}`;
  return isKnown ? `${name} answers, but gives none` : `${name} does not answer`;
}

const LABEL_WIDTH = 18;
const UDP_TEXT: Readonly<Record<NatReport["udp"], string>> = {
  open: "open",
  blocked: "blocked: no answer, though the server is there",
  unknown: "no answer",
};
const NO_QUESTIONS = "open; but this server does not tell where it sees anybody";
const PROTOCOL_TEXT: Readonly<Record<PortMappingFinding["protocol"], string>> = {
  pcp: "PCP",
  "nat-pmp": "NAT-PMP",
  upnp: "UPnP",
};
