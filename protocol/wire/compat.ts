/**
 * The kind of far end that needs consideration: "flash" knows only what Flash Player was seen to do,
 * as librtmfp and MonaServer, and ends sessions over what the RFC allows besides.
 */
export type Compat = "flash";
