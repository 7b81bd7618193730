/** Plays what a peer publishes: node dist/examples/play.js peerId [url] */
import { Peer } from "rtmfp";

const [peerId = "", url = "rtmfp://127.0.0.1/chat"] = process.argv.slice(2);
const peer = await Peer.connect(url);
const session = await peer.session(peerId, { signal: AbortSignal.timeout(10_000) });

let pictures = 0;
for await (const { kind, timestampMs, payload } of session.play("cam")) {
  if (kind === "keyframe") console.log(`${timestampMs} ms: keyframe, ${payload.length} bytes`);
  if (kind === "keyframe" || kind === "inter") pictures += 1;
}

console.log(`${pictures} pictures, round trip ${session.path.rttMs?.toFixed(1)} ms`);
await peer.close();
