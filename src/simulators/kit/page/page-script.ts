/**
 * The page's script. Checks for changes every two seconds. Replaces the content only if the reader is at the top and has selected no
 * text; keeps open details and the focus. Otherwise shows a button. Follows links to other views without a reload.
 */
export const pageScript = `
const update = document.querySelector('#update button'), offline = document.getElementById('offline');
let revision = document.currentScript.dataset.revision;
const focusable = '[data-do], a[href]';
const getName = (each) => each.dataset.do ?? (each.closest('nav') ? 'nav ' : '') + each.getAttribute('href');
const keys = (main) => [...main.querySelectorAll('details[data-key]')];
function show(text) {
  // Only <main> is parsed: this page's policy would block the rest, which has another nonce.
  const body = text.slice(text.indexOf('<main>'), text.indexOf('</main>') + 7);
  const next = new DOMParser().parseFromString(body, 'text/html').querySelector('main'), main = document.querySelector('main');
  const open = new Set(keys(main).filter((each) => each.open).map((each) => each.dataset.key));
  const focused = document.activeElement.closest('details')?.dataset.key, control = document.activeElement.closest('main :is(' + focusable + ')');
  const name = control && getName(control);
  main.replaceWith(document.adoptNode(next));
  for (const each of keys(next)) {
    if (open.has(each.dataset.key)) each.open = true;
    if (each.dataset.key === focused) each.querySelector('summary').focus({ preventScroll: true });
  }
  if (name) [...next.querySelectorAll(focusable)].find((each) => getName(each) === name)?.focus({ preventScroll: true });
  update.hidden = true;
}
async function refresh(isForced) {
  try {
    const address = location.pathname + location.search;
    const response = await fetch(address, { headers: { 'if-none-match': revision }, cache: 'no-store' });
    offline.hidden = true;
    if (response.status !== 200) return;
    if (!isForced && (scrollY > 80 || getSelection().type === 'Range')) { update.hidden = false; return; }
    const text = await response.text();
    if (address !== location.pathname + location.search) return;
    revision = response.headers.get('etag');
    show(text);
  } catch { offline.hidden = false; }
}
document.addEventListener('click', async (click) => {
  const link = click.target.closest?.('a[data-show]');
  if (link && click.button === 0 && !click.metaKey && !click.ctrlKey && !click.shiftKey && !click.altKey) {
    click.preventDefault();
    history.pushState(null, '', link.href);
    await refresh(true);
    return;
  }
  const action = click.target.dataset?.do;
  if (action === 'clear') await fetch('journal', { method: 'DELETE' });
  if (action === 'end-fault') await fetch('faults', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"mode":"ok"}' });
  if (action) await refresh(true);
  if (action === 'reload') scrollTo({ top: 0 });
});
addEventListener('popstate', () => refresh(true));
(async () => { for (;;) { await new Promise((then) => setTimeout(then, 2000)); if (!document.hidden) await refresh(false); } })();
`;
