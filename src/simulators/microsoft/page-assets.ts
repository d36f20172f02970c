/** The page's look: one column on a phone, cards in columns on a desk, light and dark as the reader's system is. */
export const style = `
:root { color-scheme: light dark; --ground: light-dark(#f5f6f8, #14171c); --card: light-dark(#fff, #1d2128); --ink: light-dark(#1b1f27, #e7eaf0);
  --quiet: light-dark(#5a6372, #a0a9b8); --line: light-dark(#dde1e7, #323844); --accent: light-dark(#0b5cad, #7db9f5);
  --good: light-dark(#0f6b3a, #6fd49b); --bad: light-dark(#a61b2b, #ff9aa5); --doubt: light-dark(#7a5200, #f0c26a); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 80rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; } h1 span { font-weight: 400; color: var(--quiet); }
h2 { margin: 2rem 0 .75rem; font-size: 1.15rem; } header p { margin: .25rem 0 1.5rem; color: var(--quiet); max-width: 46rem; }
a { color: var(--accent); } code, pre { font: .85rem/1.5 ui-monospace, monospace; }
pre { margin: .5rem 0 0; padding: .75rem; max-height: 24rem; overflow: auto; background: var(--ground); border-radius: .4rem; white-space: pre-wrap; }
.totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 0; }
.totals div, .card, .empty, .fault { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.totals dt { color: var(--quiet); font-size: .85rem; } .totals dd { margin: 0; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.cards { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: .75rem; align-items: start; }
.card { min-width: 0; } .card:has(details[open]) { grid-column: 1 / -1; } .card p { margin: .4rem 0; font-size: .9rem; }
.line { display: flex; flex-wrap: wrap; gap: .3rem .5rem; align-items: baseline; } .line + .line { margin-top: .4rem; }
.quiet, .note { color: var(--quiet); font-size: .9rem; } .value { margin-left: auto; font-weight: 600; font-variant-numeric: tabular-nums; }
.badge { padding: 0 .5rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .8rem; color: var(--quiet); }
.good { color: var(--good); } .bad { color: var(--bad); } .doubt { color: var(--doubt); }
.warnings { margin: .4rem 0; padding-left: 1.1rem; color: var(--doubt); font-size: .9rem; }
details { margin-top: .4rem; } summary { cursor: pointer; font-size: .9rem; color: var(--accent); }
.empty { margin-top: 1.5rem; } .empty h2 { margin-top: 0; }
.fault { margin: 1rem 0 0; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; border-color: var(--doubt); }
button { font: inherit; font-size: .9rem; padding: .35rem .9rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--card); color: var(--accent); cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
#news { position: sticky; top: .5rem; z-index: 1; text-align: center; margin: 0; } #news button { background: var(--accent); color: var(--ground); border-color: transparent; }
#away { padding: .5rem 1rem; border: 1px solid var(--bad); border-radius: .4rem; color: var(--bad); }
`;

/**
 * Asks every two seconds whether the page changed. It is replaced under the reader only at the top and with nothing selected,
 * keeping open what is open; otherwise a button offers the news.
 */
export const script = `
const news = document.getElementById('news'), away = document.getElementById('away');
let revision = document.currentScript.dataset.revision;
const keys = (main) => [...main.querySelectorAll('details[data-key]')];
function show(text) {
  const next = new DOMParser().parseFromString(text, 'text/html').querySelector('main'), main = document.querySelector('main');
  const open = new Set(keys(main).filter((each) => each.open).map((each) => each.dataset.key));
  const focused = document.activeElement.closest('details')?.dataset.key;
  main.replaceWith(document.adoptNode(next));
  for (const each of keys(next)) {
    if (open.has(each.dataset.key)) each.open = true;
    if (each.dataset.key === focused) each.querySelector('summary').focus({ preventScroll: true });
  }
  news.hidden = true;
}
async function look(now) {
  try {
    const answer = await fetch('/', { headers: { 'if-none-match': revision }, cache: 'no-store' });
    away.hidden = true;
    if (answer.status !== 200) return;
    if (!now && (scrollY > 80 || getSelection().type === 'Range')) { news.hidden = false; return; }
    const text = await answer.text();
    revision = answer.headers.get('etag');
    show(text);
  } catch { away.hidden = false; }
}
document.addEventListener('click', async (click) => {
  const what = click.target.dataset?.do;
  if (what === 'empty') await fetch('/journal', { method: 'DELETE' });
  if (what === 'mend') await fetch('/faults', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"mode":"ok"}' });
  if (what) await look(true);
  if (what === 'reload') scrollTo({ top: 0 });
});
(async () => { for (;;) { await new Promise((then) => setTimeout(then, 2000)); if (!document.hidden) await look(false); } })();
`;
