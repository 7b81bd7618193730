import { type NatSurvey, surveyNat } from "../../peer/survey/nat-survey.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Command, CommandContext } from "../command.ts";
import { fieldsOf, isAnswered } from "../nat/fields.ts";
import { findings } from "../nat/findings.ts";
import { meaning } from "../nat/meaning.ts";
import type { OptionValues } from "../options.ts";
import { checkUrl } from "../reach.ts";

const options = {
  rendezvous: {
    type: "string",
    value: "URL",
    help: "server, rtmfp://host[:port]/app",
    default: "rtmfp://127.0.0.1/chat",
  },
  lifetime: {
    type: "number",
    value: "SECONDS",
    help: "see for so long how long mappings live",
    range: [2, 900],
  },
  json: { type: "boolean", help: "one JSON object a line instead of text" },
} as const;

/** Characterises the NAT of this machine, and says what will work. */
export const natCommand: Command<typeof options> = {
  name: "nat",
  summary: "what NAT is in front of this machine, what it means, and what will work",
  options,
  notes:
    "docs/nat.md in this package explains each line. Exit code 1: the server does not answer at all.",
  run: runNat,
};

async function runNat(
  values: OptionValues<typeof options>,
  { output, signal }: CommandContext,
): Promise<void> {
  const { rendezvous, lifetime = 0 } = values;
  checkUrl(rendezvous);
  const patience = lifetime > 0 ? `, and waiting up to ${lifetime} s for mappings to end` : "";
  if (!output.isJson) {
    output.event("asking", {}, `asking ${rendezvous} what it sees of this network${patience} …`);
  }
  const survey = await surveyNat(rendezvous, { signal, lifetimeLimitMs: lifetime * 1_000 });
  output.event("nat", { rendezvous, ...fieldsOf(survey) }, linesOf(survey, lifetime > 0));
  if (!isAnswered(survey)) throw new RtmfpError("TIMEOUT", `${rendezvous} does not answer`);
}

function linesOf(survey: NatSurvey, isLifetimeTested: boolean): string[] {
  return ["", ...findings(survey, isLifetimeTested), "", ...meaning(survey)];
}
