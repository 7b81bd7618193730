/** The whole appearance of the status page: nothing is loaded from anywhere. */
export const pageStyle = `
:root { color-scheme: light dark; --line: #8883; --soft: #8887; --good: #2a9d5c; --warn: #c77d12; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 68rem;
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.5rem; letter-spacing: -0.01em; }
h2 { margin: 2.5rem 0 0.5rem; font-size: 1.05rem; }
p { margin: 0.25rem 0; }
.soft { opacity: 0.65; }
.counts { display: grid; gap: 0.75rem; margin: 1.5rem 0;
  grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); }
.counts div { padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 0.6rem; }
.counts b { display: block; font-size: 1.6rem; font-weight: 600; line-height: 1.2; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.25rem; margin: 0; }
dt { opacity: 0.65; }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.4rem 1rem 0.4rem 0; border-bottom: 1px solid var(--line); text-align: left;
  white-space: nowrap; }
th { font-weight: 500; opacity: 0.65; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: 13px/1.6 ui-monospace, monospace; }
pre { margin: 0.25rem 0 0.75rem; padding: 0.6rem 0.9rem; overflow-x: auto; border-radius: 0.6rem;
  border: 1px solid var(--line); user-select: all; }
.live { color: var(--good); }
.nat { color: var(--warn); }
`;
