/** Time of processors that this process has used so far, ms: a busy machine does not make it more. */
export function cpuTimeMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
