/** Publishes an FLV file as a live stream: node dist/examples/publish.js clip.flv [url] */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Peer } from "rtmfp";
import { FlvReader } from "rtmfp/protocol";

const [file = "clip.flv", url = "rtmfp://127.0.0.1/chat"] = process.argv.slice(2);
const peer = await Peer.connect(url);
const camera = peer.publish("cam");
console.log(peer.id);

const reader = new FlvReader();
reader.push(await readFile(file));
const start = performance.now();
for (let tag = reader.next(); tag; tag = reader.next()) {
  await sleep(start + tag.timestampMs - performance.now());
  camera.forward({ ...tag, streamId: 0 });
}

camera.close();
await peer.close();
