import { test } from "node:test";
import { runPart } from "./seeds.ts";

test("§3 the laws hold for a thousand random plans, part 1 of 2", async () => {
  await runPart(1);
});
