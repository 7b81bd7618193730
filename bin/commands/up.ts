import type { Rendezvous } from "../../rendezvous/index.ts";
import type { Command } from "../command.ts";
import { onThisMachine, rendezvousOptions, serve, urlOf } from "./rendezvous.ts";

/** Everything on this machine with embedded defaults: `npm start`. */
export const upCommand: Command<typeof rendezvousOptions> = {
  name: "up",
  summary: "everything on this machine: server and status page, ready to try",
  options: rendezvousOptions,
  run: (values, context) => serve(values, context, whatToTry),
};

function whatToTry(server: Rendezvous): string[] {
  const url = urlOf(server);
  return [
    `rendezvous   ${url}`,
    ...server.addresses.http.map((http) => `status page  http://${onThisMachine(http)}/`),
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
