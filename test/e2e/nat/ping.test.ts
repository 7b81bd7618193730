/** `rtmfp ping` through NATs of the real kernel. Needs root for network namespaces. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../support/program.ts";
import { NatNetwork, type Place } from "./network.ts";
import { whyNoNamespaces } from "./privilege.ts";

const skip = whyNoNamespaces();

test("rtmfp ping shows the relay first and then the direct path, and loses nothing", {
  skip,
}, async () => {
  const network = new NatNetwork("ping");
  const programs: Program[] = [];
  const run = (place: Place, ...args: string[]): Program => {
    const program = new Program(args, { via: network.via(place) });
    programs.push(program);
    return program;
  };
  try {
    network.nat("routerA", "masquerade");
    network.nat("routerB", "masquerade");
    const everywhere = ["--rtmfp", "0.0.0.0:1935", "--rtmp", "0.0.0.0:1935"];
    await run("server", "rendezvous", ...everywhere, "--http", "127.0.0.1:0").event("ready");
    const rendezvous = ["--rendezvous", `rtmfp://${network.servers[0]}/chat`];
    const far = run("b", "peer", ...rendezvous, "--rtmp", "127.0.0.1:0");
    const peerId = String((await far.event("ready")).peerId);
    const ping = run("a", "ping", peerId, ...rendezvous, "--count", "12", "--interval", "0.25");
    const { sent, loss } = await ping.event("summary");
    assert.equal(await ping.exit, 0, ping.stderr);
    assert.deepEqual([sent, loss], [12, 0]);
    const last = ping.events.filter(({ event }) => event === "ping").at(-1);
    assert.deepEqual([last?.kind, String(last?.address).split(":")[0]], ["direct", "203.0.113.10"]);
    const [first] = ping.events.filter(({ event }) => event === "path");
    assert.equal(first?.kind, "relay");
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
    network.close();
  }
});
