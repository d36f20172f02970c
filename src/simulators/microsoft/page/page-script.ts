/**
 * Asks every two seconds whether the page changed. It is replaced under the reader only at the top and with nothing selected,
 * keeping open what is open and the focus where it is; otherwise a button offers the news. A link to other events is followed without a reload.
 */
export const script = `
const news = document.querySelector('#news button'), away = document.getElementById('away');
let revision = document.currentScript.dataset.revision;
const pressable = '[data-do], a[href]';
const nameOf = (each) => each.dataset.do ?? (each.closest('nav') ? 'nav ' : '') + each.getAttribute('href');
const keys = (main) => [...main.querySelectorAll('details[data-key]')];
function show(text) {
  // The rest would be judged by this page's policy, whose nonce it does not have.
  const body = text.slice(text.indexOf('<main>'), text.indexOf('</main>') + 7);
  const next = new DOMParser().parseFromString(body, 'text/html').querySelector('main'), main = document.querySelector('main');
  const open = new Set(keys(main).filter((each) => each.open).map((each) => each.dataset.key));
  const focused = document.activeElement.closest('details')?.dataset.key, pressed = document.activeElement.closest('main :is(' + pressable + ')');
  const name = pressed && nameOf(pressed);
  main.replaceWith(document.adoptNode(next));
  for (const each of keys(next)) {
    if (open.has(each.dataset.key)) each.open = true;
    if (each.dataset.key === focused) each.querySelector('summary').focus({ preventScroll: true });
  }
  if (name) [...next.querySelectorAll(pressable)].find((each) => nameOf(each) === name)?.focus({ preventScroll: true });
  news.hidden = true;
}
async function look(now) {
  try {
    const asked = location.pathname + location.search;
    const answer = await fetch(asked, { headers: { 'if-none-match': revision }, cache: 'no-store' });
    away.hidden = true;
    if (answer.status !== 200) return;
    if (!now && (scrollY > 80 || getSelection().type === 'Range')) { news.hidden = false; return; }
    const text = await answer.text();
    if (asked !== location.pathname + location.search) return;
    revision = answer.headers.get('etag');
    show(text);
  } catch { away.hidden = false; }
}
document.addEventListener('click', async (click) => {
  const link = click.target.closest?.('a[data-show]');
  if (link && click.button === 0 && !click.metaKey && !click.ctrlKey && !click.shiftKey && !click.altKey) {
    click.preventDefault();
    history.pushState(null, '', link.href);
    await look(true);
    return;
  }
  const what = click.target.dataset?.do;
  if (what === 'empty') await fetch('/journal', { method: 'DELETE' });
  if (what === 'mend') await fetch('/faults', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"mode":"ok"}' });
  if (what) await look(true);
  if (what === 'reload') scrollTo({ top: 0 });
});
addEventListener('popstate', () => look(true));
(async () => { for (;;) { await new Promise((then) => setTimeout(then, 2000)); if (!document.hidden) await look(false); } })();
`;
