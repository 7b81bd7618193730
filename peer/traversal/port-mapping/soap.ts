import { MalformedError } from "../../../protocol/errors.ts";
import { formatIp, parseIp } from "../../../protocol/wire/ip.ts";
import type { RouterAnswer, RouterFetch } from "./mapping.ts";
import { childText, descendants, escapeXml, readXml } from "./xml.ts";

/** What an action answered: its arguments by name, or the code of its error. */
export type SoapResult =
  | { readonly type: "result"; readonly values: ReadonlyMap<string, string> }
  | { readonly type: "error"; readonly code: number };

/** A UDP mapping as `AddPortMapping` wants it. */
export interface PortMappingEntry {
  readonly externalPort: number;
  readonly internalPort: number;
  readonly internalIp: string;
  /** 0: until it is deleted. */
  readonly leaseSeconds: number;
}

/** WANIPConnection:1 §2.4.18. */
export function getExternalIp(serviceType: string): RouterFetch {
  return soapRequest(serviceType, "GetExternalIPAddress", {});
}

/** WANIPConnection:1 §2.4.16. */
export function addPortMapping(serviceType: string, entry: PortMappingEntry): RouterFetch {
  return soapRequest(serviceType, "AddPortMapping", {
    NewRemoteHost: "",
    NewExternalPort: entry.externalPort,
    NewProtocol: "UDP",
    NewInternalPort: entry.internalPort,
    NewInternalClient: entry.internalIp,
    NewEnabled: 1,
    NewPortMappingDescription: "rtmfp",
    NewLeaseDuration: entry.leaseSeconds,
  });
}

/** WANIPConnection:1 §2.4.17. */
export function deletePortMapping(serviceType: string, externalPort: number): RouterFetch {
  return soapRequest(serviceType, "DeletePortMapping", {
    NewRemoteHost: "",
    NewExternalPort: externalPort,
    NewProtocol: "UDP",
  });
}

/** The address, or undefined if this service leads nowhere just now. Throws MalformedError. */
export function readExternalIp(answer: RouterAnswer): string | undefined {
  const result = readSoapAnswer(answer, "GetExternalIPAddress");
  const text = result.type === "result" ? (result.values.get("NewExternalIPAddress") ?? "") : "";
  if (text === "") return undefined;
  const ip = formatIp(parseIp(text));
  return ip === "0.0.0.0" ? undefined : ip;
}

/** UPnP Device Architecture 1.1 §3.2.2 and §3.2.3. Throws MalformedError. */
export function readSoapAnswer(answer: RouterAnswer, action: string): SoapResult {
  const root = readXml(answer.body);
  for (const error of descendants(root, "UPnPError")) {
    return { type: "error", code: Number(childText(error, "errorCode")) || UNKNOWN_ERROR };
  }
  for (const response of descendants(root, `${action}Response`)) {
    const values = response.children.map(({ name, text }): [string, string] => [name, text]);
    return { type: "result", values: new Map(values) };
  }
  throw new MalformedError(`SOAP: no answer to ${action}, HTTP status ${answer.status}`);
}

/** UPnP Device Architecture 1.1 §3.2.1: calls `action` of a service. */
function soapRequest(
  serviceType: string,
  action: string,
  values: Readonly<Record<string, string | number>>,
): RouterFetch {
  const fields = Object.entries(values).map(
    ([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`,
  );
  const body = [
    '<?xml version="1.0"?>',
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"',
    ' s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>',
    `<u:${action} xmlns:u="${serviceType}">${fields.join("")}</u:${action}>`,
    "</s:Body></s:Envelope>",
  ].join("");
  const headers = {
    "Content-Type": 'text/xml; charset="utf-8"',
    SOAPAction: `"${serviceType}#${action}"`,
  };
  return { method: "POST", headers, body, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
}

/** Of WANIPConnection:1 §2.4.16.2 and :2 §2.5.16.3. */
export const UpnpError = {
  conflictInMappingEntry: 718,
  samePortValuesRequired: 724,
  conflictWithOtherMechanisms: 729,
} as const;

/** Action Failed, UPnP Device Architecture 1.1 §3.2.2: "may be returned if no other fits". */
const UNKNOWN_ERROR = 501;
/** Routers are slow at HTTP, but not that slow. */
const TIMEOUT_MS = 3_000;
const MAX_ANSWER_BYTES = 16_384;
