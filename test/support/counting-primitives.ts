import type { Primitives } from "../../protocol/crypto/primitives.ts";
import { nodePrimitives } from "../../protocol/node/index.ts";

/** Counts the pairs that are made, by group. */
export function countingPrimitives(): { primitives: Primitives; made: number[] } {
  const made: number[] = [];
  const primitives: Primitives = {
    ...nodePrimitives,
    group(id) {
      const group = nodePrimitives.group(id);
      if (!group) return undefined;
      const generate: typeof group.generate = () => {
        made.push(id);
        return group.generate();
      };
      return { ...group, generate };
    },
  };
  return { primitives, made };
}
