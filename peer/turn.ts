/** Runs `change`, with the monotonic time in ms, and sends what it leads to. */
export type Turn = <Value>(change: (now: number) => Value) => Value;
