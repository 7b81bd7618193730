import { readFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { isIPv4 } from "node:net";
import { endianness, type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { RtmfpError } from "../protocol/errors.ts";
import { scopeOf } from "../protocol/wire/ip.ts";
import type { Router, RouterAnswer, RouterFetch } from "./traversal/port-mapping/mapping.ts";
import type { RouterAccess } from "./traversal/port-mapping/port-mapping.ts";

/** The router as Node.js finds it: by the kernel's routes on Linux, elsewhere by a good guess. */
export const nodeRouter: RouterAccess = {
  async find() {
    const routes = await readFile("/proc/net/route", "latin1").catch(() => "");
    const router = routerOf(defaultRoute(routes), networkInterfaces());
    return router && isPrivate(router.ip) && isPrivate(router.localIp) ? router : undefined;
  },
  async fetchText(url, request, signal) {
    signal.throwIfAborted();
    if (!isPrivate(new URL(url).hostname)) {
      throw new RtmfpError("UNREACHABLE", `${url} is not on a private network`);
    }
    try {
      return await fetchText(url, request, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RtmfpError) throw error;
      throw new RtmfpError("UNREACHABLE", `no answer from ${url}`, { cause: error });
    }
  },
};

/** Where packets for everybody else go. */
export interface DefaultRoute {
  readonly interfaceName: string;
  readonly gatewayIp: string;
}

/** The IPv4 default route of lowest metric in the text of Linux' `/proc/net/route`, if there is one. */
export function defaultRoute(
  text: string,
  order: "BE" | "LE" = endianness(),
): DefaultRoute | undefined {
  const routes = text
    .split("\n")
    .slice(1)
    .map((line) => line.split(/\s+/))
    .filter(
      ([name, destination, gateway = "", flags = "", , , , mask]) =>
        name && destination === ANY && mask === ANY && hasGateway(flags) && isHexIp(gateway),
    )
    .map(([interfaceName = "", , gateway = "", , , , metric]) => ({
      interfaceName,
      gatewayIp: ipOf(gateway, order),
      metric: Number(metric),
    }))
    .sort((one, other) => one.metric - other.metric);
  const [best] = routes;
  return best && { interfaceName: best.interfaceName, gatewayIp: best.gatewayIp };
}

/** Without a route that is known: the first address of a private network that we are in. */
export function routerOf(
  route: DefaultRoute | undefined,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): Router | undefined {
  const v4 = (addresses: readonly NetworkInterfaceInfo[] = []): string[] =>
    addresses
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => address);
  if (route) {
    const [localIp] = v4(interfaces[route.interfaceName]);
    return localIp === undefined ? undefined : { ip: route.gatewayIp, localIp };
  }
  const localIp = Object.values(interfaces)
    .flatMap((addresses) => v4(addresses))
    .find(isPrivate);
  const ip = localIp?.replace(/\d+$/, "1");
  return localIp === undefined || ip === undefined || ip === localIp ? undefined : { ip, localIp };
}

/** Loopback, RFC 1918, and RFC 6598, where some providers' routers map ports. */
export function isPrivate(ip: string): boolean {
  const scope = isIPv4(ip) ? scopeOf(ip) : undefined;
  return scope === "host" || scope === "private";
}

function fetchText(url: string, request: RouterFetch, signal: AbortSignal): Promise<RouterAnswer> {
  const { method, headers, body, timeoutMs, maxBytes } = request;
  const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const length = body === "" ? {} : { "Content-Length": Buffer.byteLength(body) };
  const options = { method, headers: { ...headers, ...length }, agent: false, signal: either };
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, options, (response) => {
      readText(response, maxBytes).then(
        (text) => resolve({ status: response.statusCode ?? 0, body: text }),
        reject,
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    // Leaving the loop ends the connection.
    if (bytes > maxBytes) throw new RtmfpError("LIMIT", `more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function hasGateway(flags: string): boolean {
  return (Number.parseInt(flags, 16) & RTF_GATEWAY) !== 0;
}

function isHexIp(text: string): boolean {
  return /^[\dA-F]{8}$/i.test(text);
}

/** The kernel prints the four bytes as one number of the machine's own byte order. */
function ipOf(text: string, order: "BE" | "LE"): string {
  const bytes = [...Buffer.from(text, "hex")];
  return (order === "LE" ? bytes.reverse() : bytes).join(".");
}

const ANY = "00000000";
const RTF_GATEWAY = 0x2;
