/** A rendezvous server inside a program of one's own: node dist/examples/server.js [host:port] */
import { Rendezvous } from "rtmfp/rendezvous";

const server = await Rendezvous.listen({ rtmfp: process.argv[2] ?? "127.0.0.1:1935" });
console.log(`listening at rtmfp://${server.addresses.rtmfp[0]}/`);

process.once("SIGINT", () => server.close());
