import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRoute, isPrivate, nodeRouter, routerOf } from "../../../peer/node-router.ts";

const HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";

test("the default route of lowest metric counts", () => {
  const text = `${HEAD}wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\tFE01000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0001000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n`;
  assert.deepEqual(defaultRoute(text, "LE"), { interfaceName: "eth0", gatewayIp: "10.0.1.254" });
  assert.equal(defaultRoute(text, "BE")?.gatewayIp, "254.1.0.10");
});

test("routes without gateway, other networks and nonsense are no default route", () => {
  const point = `${HEAD}ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n`;
  const half = `${HEAD}tun0\t00000000\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n`;
  for (const text of ["", HEAD, point, half, "\n\n what is this\n"]) {
    assert.equal(defaultRoute(text, "LE"), undefined);
  }
});

const entry = (address: string, internal = false) => ({
  ...{ address, internal, netmask: "255.255.255.0", mac: "", cidr: null },
  family: "IPv4" as const,
});

test("our address is that of the route's interface; without a route the router is guessed", () => {
  const interfaces = { lo: [entry("127.0.0.1", true)], eth0: [entry("192.168.7.20")] };
  const route = { interfaceName: "eth0", gatewayIp: "192.168.7.254" };
  assert.deepEqual(routerOf(route, interfaces), { ip: "192.168.7.254", localIp: "192.168.7.20" });
  assert.equal(routerOf({ ...route, interfaceName: "eth1" }, interfaces), undefined);
  assert.deepEqual(routerOf(undefined, interfaces), { ip: "192.168.7.1", localIp: "192.168.7.20" });
  assert.equal(routerOf(undefined, { eth0: [entry("198.51.100.4")] }), undefined);
  assert.equal(routerOf(undefined, { eth0: [entry("192.168.7.1")] }), undefined);
});

test("private networks are those of RFC 1918, RFC 6598, and this machine", () => {
  for (const ip of ["10.0.0.1", "172.16.0.1", "172.31.9.9", "192.168.0.1", "100.64.0.1"]) {
    assert.equal(isPrivate(ip), true, ip);
  }
  for (const ip of ["172.32.0.1", "192.169.0.1", "100.128.0.1", "8.8.8.8", "fd00::1", "router"]) {
    assert.equal(isPrivate(ip), false, ip);
  }
});

test("HTTP goes to private addresses alone", async () => {
  const request = {
    ...{ method: "GET" as const, headers: {}, body: "" },
    ...{ timeoutMs: 100, maxBytes: 100 },
  };
  const { signal } = new AbortController();
  for (const url of ["http://198.51.100.1/", "http://localhost/", "http://[::1]/"]) {
    await assert.rejects(nodeRouter.fetchText(url, request, signal), { code: "UNREACHABLE" });
  }
  const reason = new Error("enough");
  const aborted = AbortSignal.abort(reason);
  await assert.rejects(nodeRouter.fetchText("http://127.0.0.1:1/", request, aborted), reason);
});
