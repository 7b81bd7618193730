/** Meets a stranger and greets them. Run it twice: node dist/examples/pair.js [url] */
import { Peer } from "rtmfp";

const peer = await Peer.connect(process.argv[2] ?? "rtmfp://127.0.0.1/chat");
const greeted = new Promise<void>((resolve) => {
  peer.handle("hello", (session, name) => {
    resolve();
    return `hello ${String(name)}, I am ${session.isInitiator ? "the second" : "the first"}`;
  });
});

const session = await peer.pair({ tags: ["examples"] });
console.log(`paired with ${session.peerId} at ${session.path.address}`);
console.log(await session.call("hello", ["ada"]));

await greeted;
await peer.close();
