#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { labMatrixCommand } from "./commands/lab-matrix.ts";
import { labRunCommand } from "./commands/lab-run.ts";
import { natCommand } from "./commands/nat.ts";
import { peerCommand } from "./commands/peer.ts";
import { pingCommand } from "./commands/ping.ts";
import { rendezvousCommand } from "./commands/rendezvous.ts";
import { tokenCommand } from "./commands/token.ts";
import { upCommand } from "./commands/up.ts";
import { main } from "./main.ts";

const { version } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string };

process.exitCode = await main(
  [
    upCommand,
    rendezvousCommand,
    peerCommand,
    natCommand,
    pingCommand,
    tokenCommand,
    labMatrixCommand,
    labRunCommand,
  ],
  {
    argv: process.argv.slice(2),
    environment: process.env,
    version,
    stdout: process.stdout,
    stderr: process.stderr,
  },
);
