import { mintStreamToken } from "../../rendezvous/index.ts";
import { type Command, UsageError } from "../command.ts";

const tokenOptions = {
  secret: {
    type: "string",
    value: "TEXT",
    help: "that of the server",
    isRequired: true,
  },
  right: {
    type: "string",
    value: "RIGHT",
    choices: ["publish", "play"],
    help: "publish or play",
    default: "publish",
  },
  app: { type: "string", value: "NAME", help: "the application", default: "live" },
  stream: { type: "string", value: "NAME", help: "the stream, * for all of the app", default: "*" },
  seconds: {
    type: "number",
    value: "N",
    help: "how long the token is valid",
    default: 3_600,
    range: [1, 31_536_000],
  },
  json: { type: "boolean", help: "one JSON object instead of text" },
} as const;

/** Makes what a server with `--token-for` demands; a back end does the same, see docs/rtmp.md. */
export const tokenCommand: Command<typeof tokenOptions> = {
  name: "token",
  summary: "makes a token to publish or play a stream",
  options: tokenOptions,
  run: async ({ secret, right, app, stream, seconds }, { output }) => {
    const claim = { right, app, stream };
    try {
      const token = mintStreamToken(secret, claim, seconds * 1_000);
      output.event("token", { token, ...claim }, token);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new UsageError(error.message);
    }
  },
};
