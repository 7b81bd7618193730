/** The environment of programs in tests: the router of whoever runs them is left alone. */
export const QUIET: NodeJS.ProcessEnv = { RTMFP_NO_PORT_MAPPING: "1" };
