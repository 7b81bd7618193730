import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { primitivesCases } from "../../support/primitives-cases.ts";

primitivesCases("node:crypto", nodePrimitives);
