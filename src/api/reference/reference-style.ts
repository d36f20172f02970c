import { raw } from 'hono/html';

/** Of the reference page: light or dark as the reader's system is; narrow enough for a phone. */
export const styles = raw(`
:root { color-scheme: light dark; --text: light-dark(#1b1f24, #e4e7eb); --quiet: light-dark(#57606a, #9aa4b0);
  --ground: light-dark(#fff, #14171a); --raised: light-dark(#f4f6f8, #1e2327); --line: light-dark(#d8dee4, #343b42);
  --link: light-dark(#0a56a8, #7cb7ff); --get: light-dark(#0b6b3a, #6bd39a); --post: light-dark(#8a4600, #f0b064); }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: .5rem 0; padding: .75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; }
main { max-width: 50rem; padding: 0 1rem 4rem; margin: 0 auto; }
h1 { margin: 0 0 .5rem; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 0; font-size: 1.25rem; }
h3 { margin: 0; font-size: 1rem; font-weight: 600; overflow-wrap: anywhere; }
h3 code { font-size: 1rem; }
h4 { margin: 1.25rem 0 .25rem; font-size: .875rem; color: var(--quiet); font-weight: 600; }
p { margin: .5rem 0; }
.summary { font-weight: 500; }
.group { margin-top: 2.5rem; }
.operation { margin-top: 1rem; padding-top: 1rem; border-top: 1px solid var(--line); }
.method { font: 600 .75rem/1 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.get { color: var(--get); }
.post { color: var(--post); }
.type { color: var(--quiet); font-size: .875rem; overflow-wrap: anywhere; }
dl { margin: 0; }
dt { margin-top: .6rem; }
dt > code { font-weight: 600; }
dd { margin: 0 0 0 1rem; }
summary { cursor: pointer; color: var(--quiet); font-size: .875rem; }
body > header { max-width: 50rem; padding: 1.5rem 1rem .5rem; margin: 0 auto; }
nav { max-width: 50rem; margin: 0 auto; padding: 0 1rem; font-size: .875rem; }
nav h2 { margin: 1rem 0 0; font-size: .8125rem; color: var(--quiet); }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: 0; padding: 0; list-style: none; }
nav a { display: block; padding: .3rem 0; overflow-wrap: anywhere; }
@media (min-width: 64rem) {
  body { display: grid; grid-template: auto 1fr / 18rem minmax(0, 1fr); grid-template-areas: 'nav header' 'nav main'; }
  nav { grid-area: nav; position: sticky; top: 0; width: 100%; height: 100vh; margin: 0; padding: .5rem 1rem 1.5rem; overflow-y: auto; border-right: 1px solid var(--line); }
  nav ul { display: block; }
  nav a { padding: .2rem 0; }
  body > header, main { margin: 0; padding-left: 2.5rem; padding-right: 2.5rem; }
}
`);
