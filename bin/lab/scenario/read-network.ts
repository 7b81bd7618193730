import { isIP } from "node:net";
import { changed, IDEAL } from "../../../test/lab/conditions.ts";
import { type ConditionChange, NAT_CLASSES, type NatSettings } from "../../../test/lab/index.ts";
import { NAT_DEFAULTS, natConfig } from "../../../test/lab/nat/config.ts";
import type { Field } from "./field.ts";

/** Conditions of a line; none are given: none are changed. */
export function readConditions(field: Field): ConditionChange {
  if (!field.isGiven) return {};
  const change: Record<string, number> = {};
  for (const [name, one] of field.entries()) {
    change[name] = one.number(0, Number.MAX_SAFE_INTEGER);
    one.checked(() => changed(IDEAL, { [name]: change[name] }));
  }
  return change;
}

export function readIp(field: Field): string {
  const ip = field.text();
  return isIP(ip) ? ip : field.fail("an IP address is needed");
}

/** The key of a class with one layer, or settings. */
export function readNat(field: Field): NatSettings {
  if (!field.isGiven) return {};
  if (typeof field.value === "string") {
    const [layer, inner] = NAT_CLASSES.get(field.value)?.layers ?? [];
    const single = [...NAT_CLASSES.values()].filter(({ layers }) => layers.length === 1);
    if (layer && !inner) return layer;
    return field.fail(`settings, or one of ${single.map(({ key }) => key).join(", ")}, is needed`);
  }
  const settings: Record<string, unknown> = {};
  for (const [name, one] of field.entries()) {
    const usual: unknown = NAT_DEFAULTS[name as keyof typeof NAT_DEFAULTS];
    if (usual !== undefined && typeof one.value !== typeof usual) {
      one.fail(`a value like ${JSON.stringify(usual)} is needed`);
    }
    if (one.value === null) one.fail("a value is needed");
    settings[name] = one.value;
    one.checked(() => natConfig({ [name]: one.value }));
  }
  return field.checked(() => natConfig(settings));
}
