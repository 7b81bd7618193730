import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { nodeRouter } from "../../peer/node-router.ts";
import type { Mapping } from "../../peer/traversal/port-mapping/mapping.ts";
import { PortMapping } from "../../peer/traversal/port-mapping/port-mapping.ts";
import type { Io } from "../../protocol/io.ts";
import { nodeIo } from "../../protocol/node/io.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import { FakeRouter, type FakeRouterOptions } from "../support/fake-router.ts";

const LOOPBACK = "127.0.0.1";

for (const protocol of ["pcp", "nat-pmp", "upnp"] as const) {
  test(`${protocol} over real sockets: mapped, told, deleted`, async (t) => {
    const { router, io } = await realRouter(t, { protocols: [protocol] });
    const { promise, told } = toldOnce();
    const find = async () => ({ ip: LOOPBACK, localIp: LOOPBACK });
    const access = { ...nodeRouter, find };
    const options = { internalPort: 40_123, onChange: told };
    const mapping = new PortMapping({ io, router: access }, options);
    t.after(() => mapping.close());
    const got = await promise;
    assert.deepEqual(got?.external, { ip: "198.51.100.7", port: 40_123 });
    assert.equal(got?.protocol, protocol);
    assert.equal(router.mappings.get(40_123)?.internalPort, 40_123);
    await mapping.close();
    assert.equal(router.mappings.size, 0);
    assert.equal(mapping.malformed, 0);
  });
}

test("no router: told so, and closed at once", async () => {
  let nones = 0;
  const onNone = (): void => {
    nones += 1;
  };
  const find = async () => undefined;
  for (const router of [{ ...nodeRouter, find }, undefined]) {
    const mapping = new PortMapping({ io: nodeIo, router }, { internalPort: 1, onNone });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(mapping.external, undefined);
    await mapping.close();
  }
  assert.equal(nones, 2);
});

test("HTTP: an answer that is too long, too slow or cut off is none", async (t) => {
  const url = await webServer(t, (request, response) => {
    if (request.url === "/long") response.end("x".repeat(200_000));
    else if (request.url === "/cut") response.write("x", () => response.destroy());
    else if (request.url === "/away") response.writeHead(302, { Location: "/long" }).end();
  });
  const fetch = (path: string) =>
    nodeRouter.fetchText(
      `${url}${path}`,
      { method: "GET", headers: {}, body: "", timeoutMs: 200, maxBytes: 1_000 },
      new AbortController().signal,
    );
  await assert.rejects(fetch("/long"), { code: "LIMIT" });
  await assert.rejects(fetch("/cut"), { code: "UNREACHABLE" });
  await assert.rejects(fetch("/slow"), { code: "UNREACHABLE" });
  assert.deepEqual(await fetch("/away"), { status: 302, body: "" });
});

/** A router on loopback, and a world in which its ports are the well-known ones. */
async function realRouter(
  t: TestContext,
  options: FakeRouterOptions,
): Promise<{ router: FakeRouter; io: Io }> {
  const router = new FakeRouter(LOOPBACK, () => performance.now(), options);
  const url = await webServer(t, (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const action = String(request.headers.soapaction ?? "");
      const answer = router.http(request.url ?? "", action, Buffer.concat(parts).toString());
      response.writeHead(answer?.status ?? 404).end(answer?.body);
    });
  });
  const any: Address = { ip: LOOPBACK, port: 0 };
  const links = await router.listen(nodeIo, any, any, Number(new URL(url).port));
  t.after(() => Promise.all(links.map((link) => link.close())));
  const [control = any, search = any] = links.map((link) => link.address);
  return { router, io: redirected(control, search) };
}

/** Port 5351 of the router is at `control`, and the search group at `search`. */
function redirected(control: Address, search: Address): Io {
  const wellKnown = { ip: LOOPBACK, port: 5_351 };
  return {
    ...nodeIo,
    async bind(local, receive) {
      const link = await nodeIo.bind(local, (bytes, from) =>
        receive(bytes, formatAddress(from) === formatAddress(control) ? wellKnown : from),
      );
      return {
        address: link.address,
        close: () => link.close(),
        send: (bytes, to) => link.send(bytes, to.port === wellKnown.port ? control : search),
      };
    },
  };
}

async function webServer(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
}

function toldOnce(): {
  promise: Promise<Mapping | undefined>;
  told: (mapping: Mapping | undefined) => void;
} {
  let told: (mapping: Mapping | undefined) => void = () => undefined;
  const promise = new Promise<Mapping | undefined>((resolve) => {
    told = resolve;
  });
  return { promise, told: (mapping) => told(mapping) };
}
