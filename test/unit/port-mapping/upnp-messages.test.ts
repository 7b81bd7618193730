import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readDeviceDescription } from "../../../peer/traversal/port-mapping/device-description.ts";
import {
  addPortMapping,
  readExternalIp,
  readSoapAnswer,
} from "../../../peer/traversal/port-mapping/soap.ts";
import { encodeSearch, readSearchResponse } from "../../../peer/traversal/port-mapping/ssdp.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { orMalformed } from "../../support/errors.ts";
import { deviceDescription } from "../../support/fake-router.ts";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const WAN_IP = "urn:schemas-upnp-org:service:WANIPConnection:1";
const LOCATION = "http://10.0.0.1:5000/rootDesc.xml";

test("SSDP §1.3.2 a search", () => {
  const text = new TextDecoder().decode(encodeSearch("urn:x"));
  assert.equal(
    text,
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: urn:x\r\n\r\n',
  );
});

test("SSDP §1.3.3 the location, however its header is written", () => {
  const response = `HTTP/1.1 200 OK\r\nST: x\r\nlocation:${LOCATION}\r\n\r\n`;
  assert.equal(readSearchResponse(ascii(response)), LOCATION);
});

test("SSDP notifications, responses without location, and endless ones are malformed", () => {
  const long = `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(1_000)}LOCATION: ${LOCATION}\r\n`;
  for (const text of ["", "NOTIFY * HTTP/1.1\r\nLOCATION: x", "HTTP/1.1 200 OK\r\n", long]) {
    assert.throws(() => readSearchResponse(ascii(text)), MalformedError);
  }
  const any = fc.uint8Array({ maxLength: 200 });
  fc.assert(fc.property(any, (bytes) => void orMalformed(() => readSearchResponse(bytes))));
});

test("a description's services that map ports, the best first", () => {
  const service = (type: string): string =>
    `<service><serviceType>urn:schemas-upnp-org:service:${type}</serviceType><controlURL>/${type}</controlURL></service>`;
  const types = [
    "WANPPPConnection:1",
    "Layer3Forwarding:1",
    "WANIPConnection:1",
    "WANIPConnection:2",
  ];
  const source = `<root><device>${types.map(service).join("")}</device></root>`;
  const services = readDeviceDescription(source, LOCATION, "10.0.0.1");
  assert.deepEqual(
    services.map(({ controlUrl }) => controlUrl),
    ["WANIPConnection:2", "WANIPConnection:1", "WANPPPConnection:1"].map(
      (type) => `http://10.0.0.1:5000/${type}`,
    ),
  );
});

test("a description's URLBase counts, but nothing leads away from the router", () => {
  const based = deviceDescription(WAN_IP, "ctl").replace(
    "<device>",
    "<URLBase>http://10.0.0.1:81/a/</URLBase><device>",
  );
  const [service] = readDeviceDescription(based, LOCATION, "10.0.0.1");
  assert.equal(service?.controlUrl, "http://10.0.0.1:81/a/ctl");
  for (const url of [
    "http://10.0.0.2/ctl",
    "https://10.0.0.1/",
    "file:///etc/passwd",
    "http://u@10.0.0.1/",
    "",
  ]) {
    const source = deviceDescription(WAN_IP, url);
    assert.throws(() => readDeviceDescription(source, LOCATION, "10.0.0.1"), MalformedError, url);
  }
});

test("WANIPConnection:1 §2.4.16 AddPortMapping", () => {
  const entry = { externalPort: 1, internalPort: 2, internalIp: "10.0.0.2", leaseSeconds: 600 };
  const { headers, body } = addPortMapping(WAN_IP, entry);
  assert.equal(headers.SOAPAction, `"${WAN_IP}#AddPortMapping"`);
  const order = [...body.matchAll(/<(New\w+)>([^<]*)</g)].map(
    ([, name, value]) => `${name}=${value}`,
  );
  assert.deepEqual(order, [
    ...["NewRemoteHost=", "NewExternalPort=1", "NewProtocol=UDP", "NewInternalPort=2"],
    ...["NewInternalClient=10.0.0.2", "NewEnabled=1", "NewPortMappingDescription=rtmfp"],
    "NewLeaseDuration=600",
  ]);
});

test("SOAP results, errors, and answers to something else", () => {
  const read = (body: string) => readSoapAnswer({ status: 200, body }, "Do");
  const values = new Map([["A", "1"]]);
  assert.deepEqual(read("<e><b><u:DoResponse><A>1</A></u:DoResponse></b></e>"), {
    type: "result",
    values,
  });
  const error = (code: string): string =>
    `<e><UPnPError><errorCode>${code}</errorCode></UPnPError></e>`;
  assert.deepEqual(read(error("718")), { type: "error", code: 718 });
  assert.deepEqual(read(error("what")), { type: "error", code: 501 });
  assert.throws(() => read("<e/>"), MalformedError);
  assert.throws(() => read("404 not found"), MalformedError);
  fc.assert(fc.property(fc.string(), (body) => void orMalformed(() => read(`<e>${body}</e>`))));
});

test("GetExternalIPAddress answers an address, none, or nonsense", () => {
  const read = (ip: string) =>
    readExternalIp({
      status: 200,
      body: `<e><GetExternalIPAddressResponse><NewExternalIPAddress>${ip}</NewExternalIPAddress></GetExternalIPAddressResponse></e>`,
    });
  assert.equal(read("198.51.100.7"), "198.51.100.7");
  assert.equal(read(""), undefined);
  assert.equal(read("0.0.0.0"), undefined);
  assert.throws(() => read("javascript:"), MalformedError);
});
