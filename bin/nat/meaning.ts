import type { FamilySurvey, NatSurvey } from "../../peer/survey/nat-survey.ts";
import { type FarKind, outlook, type Prospect } from "../../peer/traversal/nat-outlook.ts";
import { isAnswered, mainOf } from "./fields.ts";

/** What follows from a survey, in plain words: of this network, then of those where others are. */
export function meaning(survey: NatSurvey): string[] {
  const near = mainOf(survey);
  if (!near) {
    return isAnswered(survey)
      ? ["Of the NAT nothing can be said: it takes a server of this kind, `rtmfp rendezvous`."]
      : ["Nothing can be said of this network: the server does not answer."];
  }
  return [
    natureOf(near),
    ...portMappingAdvice(survey, near),
    ...keepaliveAdvice(near),
    ...ipv6Advice(survey),
    "",
    "A peer here and one behind …",
    ...outlook(near.report).map(prospectText),
  ];
}

function natureOf({ report, isFilteringCertain }: FamilySurvey): string {
  const { udp, isTranslated, mapping, filtering } = report;
  if (udp === "blocked") {
    return "This network lets no UDP through: sessions go over TCP, most of them by way of the relay.";
  }
  if (isTranslated === false) {
    if (filtering === "endpoint-independent") {
      return "There is no NAT here and no firewall: everybody can reach this host.";
    }
    return isFilteringCertain || filtering === "address-and-port-dependent"
      ? "There is no NAT here, but a firewall: it lets in who was sent something before."
      : "There is no NAT here. A firewall, if there is one, lets in who was sent something before.";
  }
  if (mapping !== "endpoint-independent") {
    return "This NAT is symmetric: it shows another port to every far end, so that nobody can be told where to send.";
  }
  return filtering === "endpoint-independent"
    ? "This NAT is a full cone: whoever knows the address can send to it."
    : "This NAT is a common one: it lets in who was sent something before, so that two peers who send at the same time meet.";
}

/** A port on the router helps only if the router has a public address. */
function portMappingAdvice({ portMapping }: NatSurvey, { report }: FamilySurvey): string[] {
  const given = portMapping?.find(({ mapping }) => mapping)?.mapping?.external;
  if (!given || !report.isTranslated) return [];
  const isOutermost = report.reflexive.some(({ ip }) => ip === given.ip);
  return [
    isOutermost
      ? "The router opens ports when it is asked: others can reach this host whatever the NAT does."
      : `The router opens ports at ${given.ip}, but there is another NAT beyond it: that does not help.`,
  ];
}

function keepaliveAdvice({ lifetime }: FamilySurvey): string[] {
  if (!lifetime) return [];
  const { atLeastMs, lessThanMs } = lifetime;
  if (lessThanMs === undefined) return [];
  return [
    `Mappings end within ${lessThanMs / 1_000} s of silence: a keepalive every ${Math.max(1, atLeastMs / 1_000)} s keeps them.`,
  ];
}

function ipv6Advice({ ipv6Addresses }: NatSurvey): string[] {
  return ipv6Addresses.length > 0
    ? ["Peers that have IPv6 as well are reached directly over it, in most networks."]
    : [];
}

function prospectText({ far, way }: Prospect): string {
  return `  ${FAR_TEXT[far].padEnd(FAR_WIDTH)}  ${WAY_TEXT[way]}`;
}

const FAR_TEXT: Readonly<Record<FarKind, string>> = {
  "no-nat": "no NAT",
  "full-cone": "a full cone",
  "home-router": "a common home router",
  "symmetric-sequential": "a symmetric NAT that counts its ports",
  "symmetric-block": "a symmetric NAT with 512 ports each",
  "symmetric-random": "a symmetric NAT with random ports",
  "udp-blocked": "a network without UDP",
};
const FAR_WIDTH = Math.max(...Object.values(FAR_TEXT).map((text) => text.length));

const WAY_TEXT: Readonly<Record<Prospect["way"], string>> = {
  direct: "direct, at once",
  predict: "direct, by foreseeing the next port; fails where other hosts open many",
  birthday: "direct within about 10 s, by trying many ports",
  scan: "direct within about 10 s, by trying all ports of the block",
  tcp: "TCP if both NATs let it through, else the relay",
  relay: "the relay",
};
