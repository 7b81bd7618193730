/** Throws RangeError that names the option. */
export function checkFolder(field: string, path: unknown): void {
  if (path === undefined || (typeof path === "string" && path !== "")) return;
  throw new RangeError(`${field}: the path of a folder`);
}

/** Throws RangeError that names the option. */
export function checkInteger(
  field: string,
  value: number | undefined,
  from: number,
  to: number,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return;
  throw new RangeError(`${field}: ${value} is not a whole number from ${from} to ${to}`);
}
