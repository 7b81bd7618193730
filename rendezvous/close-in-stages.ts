/**
 * Closes one stage after another, and what is in a stage at once. What fails keeps nothing else from
 * being closed: rejects with the first error, in the end.
 */
export async function closeInStages(
  stages: readonly (readonly (() => unknown)[])[],
): Promise<void> {
  const failures: PromiseRejectedResult[] = [];
  for (const stage of stages) {
    const results = await Promise.allSettled(stage.map(async (close) => close()));
    failures.push(...results.filter((result) => result.status === "rejected"));
  }
  const [first] = failures;
  if (first) throw first.reason;
}
