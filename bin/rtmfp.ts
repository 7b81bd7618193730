#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { peerCommand } from "./commands/peer.ts";
import { rendezvousCommand } from "./commands/rendezvous.ts";
import { tokenCommand } from "./commands/token.ts";
import { upCommand } from "./commands/up.ts";
import { main } from "./main.ts";

const { version } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string };

process.exitCode = await main([upCommand, rendezvousCommand, peerCommand, tokenCommand], {
  argv: process.argv.slice(2),
  environment: process.env,
  version,
  stdout: process.stdout,
  stderr: process.stderr,
});
