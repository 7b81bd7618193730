import type { FamilySurvey, NatSurvey } from "../../peer/survey/nat-survey.ts";
import type { PortMappingFinding } from "../../peer/survey/port-mapping-survey.ts";
import { outlook } from "../../peer/traversal/nat-outlook.ts";
import { encodeNatReport } from "../../peer/traversal/nat-report.ts";
import { formatAddress } from "../../protocol/wire/address.ts";
import type { EventFields } from "../output.ts";

/** A survey as the event "nat" carries it: what is not known is null. */
export function fieldsOf(survey: NatSurvey): EventFields {
  const { ipv4, ipv6, ipv6Addresses, isTcpOpen, portMapping } = survey;
  const near = mainOf(survey);
  return {
    ipv4: familyFields(ipv4),
    ipv6: familyFields(ipv6),
    ipv6Addresses,
    tcp: isTcpOpen,
    portMapping: portMapping
      ? Object.fromEntries(portMapping.map((finding) => [finding.protocol, mappingFields(finding)]))
      : null,
    reaches: near
      ? Object.fromEntries(outlook(near.report).map(({ far, way }) => [far, way]))
      : null,
  };
}

/** The family whose NAT matters: IPv6 where IPv4 does not get through. Undefined: nothing is known. */
export function mainOf({ ipv4, ipv6 }: NatSurvey): FamilySurvey | undefined {
  const families = [ipv4, ipv6].flatMap((family) => family ?? []);
  const known = families.filter(isKnown);
  return known.find(({ report }) => report.udp === "open") ?? known[0];
}

/** Where UDP gets through, the server has to tell what it sees. */
function isKnown({ report: { udp, isTranslated } }: FamilySurvey): boolean {
  return udp === "blocked" || isTranslated !== undefined;
}

/** Has the server answered, whatever it said? */
export function isAnswered({ ipv4, ipv6, isTcpOpen }: NatSurvey): boolean {
  return isTcpOpen || [ipv4, ipv6].some((family) => family?.report.udp === "open");
}

function familyFields(family: FamilySurvey | undefined): EventFields | null {
  if (!family) return null;
  const { server, report, isFilteringCertain, lifetime } = family;
  const { certain: mappingCertain, ...fields } = encodeNatReport(report);
  return {
    server: formatAddress(server),
    translated: null,
    hairpin: null,
    ...fields,
    mappingCertain,
    filteringCertain: isFilteringCertain,
    lifetime: lifetime
      ? { atLeastMs: lifetime.atLeastMs, lessThanMs: lifetime.lessThanMs ?? null }
      : null,
  };
}

function mappingFields({ isKnown, mapping }: PortMappingFinding): EventFields {
  return { known: isKnown, external: mapping ? formatAddress(mapping.external) : null };
}
