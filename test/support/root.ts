import { fileURLToPath } from "node:url";

/** The repository: tests run from dist/, and their data and configuration is not copied there. */
export const repositoryRoot: string = fileURLToPath(new URL("../../../", import.meta.url));
