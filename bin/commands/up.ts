import type { Rendezvous } from "../../rendezvous/index.ts";
import type { Command } from "../command.ts";
import { onThisMachine, rendezvousOptions, serve, urlOf } from "./rendezvous.ts";

type ServerOptions = typeof rendezvousOptions;
type UpOptions = Omit<ServerOptions, "rtmfp"> & {
  readonly rtmfp: Omit<ServerOptions["rtmfp"], "default"> & { readonly default: readonly string[] };
};

const options: UpOptions = {
  ...rendezvousOptions,
  rtmfp: { ...rendezvousOptions.rtmfp, default: ["127.0.0.1:1935"] },
};

/** Everything on this machine, and for it alone, with embedded defaults: `npm start`. */
export const upCommand: Command<UpOptions> = {
  name: "up",
  summary: "everything on this machine: server and status page, ready to try",
  options,
  run: (values, context) => serve(values, context, { ip: "127.0.0.1", describe: whatToTry }),
};

function whatToTry(server: Rendezvous): string[] {
  const url = urlOf(server);
  return [
    `rendezvous   ${url}`,
    ...server.addresses.http.map((http) => `status page  http://${onThisMachine(http)}/`),
    ...whoIsLetIn(server),
    "",
    "Try it, each line in a terminal of its own:",
    `  npx rtmfp peer --rendezvous ${url} --pair --rtmp 127.0.0.1:1936`,
    `  npx rtmfp peer --rendezvous ${url} --pair --rtmp 127.0.0.1:1937`,
    "  ffmpeg -re -f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine -c:v libx264 -g 25 -c:a aac -f flv rtmp://127.0.0.1:1936/local/cam",
    "  ffplay rtmp://127.0.0.1:1937/pair/cam",
    "",
    "Ctrl-C ends it.",
  ];
}

function whoIsLetIn({ addresses: { rtmfp } }: Rendezvous): string[] {
  return rtmfp.every(isLoopback)
    ? ["", "Only this machine gets in; --rtmfp 0.0.0.0:1935 opens it to others."]
    : [];
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address.startsWith("[::1]:");
}
