/** The page's stylesheet: one column on a phone, card columns on a wide screen, light or dark like the system. */
export const pageStyle = `
:root { color-scheme: light dark; --ground: light-dark(#f4f5f8, #12151a); --card: light-dark(#fff, #1b1f26); --ink: light-dark(#1a1e26, #e7eaf0);
  --quiet: light-dark(#586170, #a0a9b8); --line: light-dark(#dde1e8, #313743); --accent: light-dark(#0b5cad, #7db9f5);
  --good: light-dark(#0d6b3a, #6fd49b); --bad: light-dark(#a61b2b, #ff9aa5); --doubt: light-dark(#7a5200, #f0c26a); --both: light-dark(#5b3aa8, #c3adff); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 82rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.1rem; line-height: 1.25; } h1 span { font-weight: 400; color: var(--quiet); }
h2 { margin: 2.25rem 0 .75rem; font-size: 1.2rem; } h3 { margin: 0 0 .5rem; font-size: .95rem; }
header p { margin: .15rem 0 1.25rem; color: var(--quiet); max-width: 60rem; }
a { color: var(--accent); } code, pre { font: .85rem/1.5 ui-monospace, monospace; }
pre { margin: .5rem 0 0; padding: .75rem; max-height: 24rem; overflow: auto; background: var(--ground); border-radius: .4rem; white-space: pre-wrap; }
.card, .empty, .fault, .top { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; padding: .9rem 1.1rem; }
.top { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1.5rem 3rem; padding: 1.4rem 1.5rem; }
.top h2 { margin: 0 0 .6rem; font-size: clamp(1.35rem, 4vw, 1.9rem); line-height: 1.2; font-weight: 600; text-wrap: balance; } .top h2 b { color: var(--good); }
.top p { margin: .3rem 0; max-width: 36rem; }
.totals { display: flex; flex-wrap: wrap; gap: .5rem 1.75rem; margin: 1.25rem 0 0; padding-top: .9rem; border-top: 1px solid var(--line); }
.totals div { display: flex; flex-direction: column-reverse; }
.totals dt { color: var(--quiet); font-size: .8rem; } .totals dd { margin: 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.goals ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; } .goals .none { color: var(--quiet); } .goals .none strong { font-weight: 400; }
.goals .none + .none { margin-top: -.5rem; } .goals .line.quiet { margin-top: .15rem; }
.bar { display: block; margin-top: .3rem; fill: var(--good); } .bar .rail { fill: var(--line); }
nav { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0 0 .9rem; }
nav a { padding: .25rem .8rem; border: 1px solid var(--line); border-radius: 2rem; background: var(--card); text-decoration: none; font-size: .9rem; color: var(--ink); }
nav a span { color: var(--quiet); font-variant-numeric: tabular-nums; } nav a:hover { border-color: var(--accent); }
nav a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--ground); } nav a[aria-current] span { color: inherit; }
.cards { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: .75rem; align-items: start; grid-auto-flow: dense; }
.cards.small { grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); } .card.wide { grid-column: 1 / -1; }
.card { min-width: 0; border-inline-start: 4px solid var(--line); } .card.good { border-inline-start-color: var(--good); } .card.doubt { border-inline-start-color: var(--doubt); } .card.bad { border-inline-start-color: var(--bad); }
.card.good, .card.bad, .card.doubt { color: inherit; } .card:has(details[open]) { grid-column: 1 / -1; } .card p { margin: .4rem 0; font-size: .9rem; }
.line { display: flex; flex-wrap: wrap; gap: .3rem .5rem; align-items: baseline; } .line + .line { margin-top: .4rem; }
.quiet, .note { color: var(--quiet); font-size: .85rem; } .value { margin-left: auto; font-weight: 600; font-variant-numeric: tabular-nums; } .quiet.line .value { font-weight: 400; color: var(--ink); }
.badge { padding: 0 .5rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .78rem; font-weight: 400; color: var(--quiet); }
.badge.plain { border-color: var(--line); }
.good { color: var(--good); } .bad { color: var(--bad); } .doubt { color: var(--doubt); } .both { color: var(--both); }
table { width: 100%; margin: .6rem 0 .3rem; border-collapse: collapse; table-layout: fixed; font-size: .85rem; }
th, td { padding: .22rem .5rem; border-top: 1px solid var(--line); text-align: start; vertical-align: top; } thead th, thead td { border-top: 0; }
thead td, tbody th { width: 4.8rem; padding-inline-start: 0; font-weight: 400; color: var(--quiet); } thead th time { font-weight: 400; white-space: nowrap; }
.differs td { color: var(--bad); font-weight: 600; } .differs th span { display: block; }
.warnings { margin: .4rem 0; padding-left: 1.1rem; color: var(--doubt); font-size: .9rem; }
details { margin-top: .4rem; } summary { cursor: pointer; font-size: .85rem; color: var(--accent); }
.empty { padding: 1.4rem 1.5rem; } .empty h2 { margin-top: 0; } .ways { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; } .ways > div { min-width: 0; } .ways p { margin: .25rem 0; }
.fault { margin: 0 0 1rem; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; border-color: var(--doubt); border-inline-start: 4px solid var(--doubt); }
.end { margin-top: 2rem; }
.platforms { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); gap: .75rem; } .platforms h2 { margin: 0; font-size: 1rem; } .platforms .figure { margin: .2rem 0; font-size: 1rem; } .figure b { font-size: 1.6rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .7rem; padding: .4rem 1.1rem; }
.compared { min-width: 40rem; margin: 0; } .compared details { margin: 0; } .compared .value { display: block; margin-left: 0; text-align: start; } .compared strong { overflow-wrap: anywhere; } .compared tbody th { width: auto; color: var(--ink); } .compared th .quiet { display: block; } .compared td, .compared th { padding-block: .6rem; } .compared p { margin: .2rem 0 0; } .compared thead th:first-child { width: 11rem; padding-inline-start: 0; }
button { font: inherit; font-size: .9rem; padding: .35rem .9rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--card); color: var(--accent); cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
#update { position: sticky; top: .5rem; z-index: 1; text-align: center; margin: 0; } #update button { background: var(--accent); color: var(--ground); border-color: transparent; }
#offline { padding: .5rem 1rem; border: 1px solid var(--bad); border-radius: .4rem; color: var(--bad); }
`;
