/** The shop's stylesheet: from a phone to a wide screen, light or dark like the system. */
export const shopStyle = `
:root { color-scheme: light dark; --ground: light-dark(#faf8f3, #141715); --card: light-dark(#fff, #1d211e); --ink: light-dark(#1f2925, #eceae2);
  --quiet: light-dark(#5a645e, #a9b2ab); --line: light-dark(#e0dbcf, #353c37); --field: light-dark(#858e87, #6d7770);
  --strong: light-dark(#1f4a40, #a5d8c4); --on-strong: light-dark(#fff, #10201b); --brass: light-dark(#8a6320, #dcb873);
  --sand: light-dark(#efe6d3, #37322a); --sage: light-dark(#dfe6d9, #2b3530); --sky: light-dark(#dbe5e8, #2a3439); --clay: light-dark(#f0dcd0, #3b2f2a);
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "Times New Roman", serif; scroll-padding-top: 1rem; }
* { box-sizing: border-box; } [hidden] { display: none !important; }
body { margin: 0; min-height: 100dvh; display: flex; flex-direction: column; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: break-word; }
main { flex: 1 0 auto; width: 100%; padding-bottom: 4rem; } main:focus, h1:focus, .done:focus { outline: none; }
.wide { width: 100%; max-width: 76rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2.5rem); } .narrow { max-width: 44rem; }
h1, h2 { font-family: var(--serif); font-weight: 600; line-height: 1.15; text-wrap: balance; }
h1 { font-size: clamp(1.9rem, 1.4rem + 2vw, 2.75rem); margin: 1.5rem 0 .5rem; } h2 { font-size: 1.5rem; margin: 3rem 0 1rem; }
p { margin: .5rem 0; } a { color: var(--strong); text-underline-offset: .2em; } ul, ol { margin: 0; padding: 0; list-style: none; }
svg { display: block; } .quiet { color: var(--quiet); font-size: .95rem; font-weight: 400; } .lead { font-size: 1.125rem; max-width: 42rem; color: var(--quiet); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; margin: 0; }
:focus-visible { outline: 3px solid var(--brass); outline-offset: 2px; border-radius: .3rem; }
.skip { position: absolute; left: 1rem; top: -4rem; z-index: 3; padding: .6rem 1rem; background: var(--strong); color: var(--on-strong); border-radius: 0 0 .5rem .5rem; } .skip:focus { top: 0; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }

.button, .plain, input, textarea { font: inherit; color: inherit; }
.button { display: inline-flex; align-items: center; justify-content: center; min-height: 2.75rem; padding: .5rem 1.35rem; border: 1px solid var(--strong); border-radius: 2rem;
  background: transparent; color: var(--strong); font-weight: 600; text-decoration: none; cursor: pointer; }
.button:hover { background: light-dark(#1f4a4012, #a5d8c41f); } .button.strong { background: var(--strong); color: var(--on-strong); }
.button.strong:hover { background: light-dark(#163830, #bfe6d6); } .button.full { width: 100%; } .button.small { min-height: 2.25rem; padding: .25rem 1rem; font-size: .95rem; }
.plain { background: none; border: 0; padding: .25rem; cursor: pointer; } .plain svg { width: 1.25rem; height: 1.25rem; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; }
.link { padding: 0; color: var(--strong); text-decoration: underline; text-underline-offset: .2em; }

.hint { display: flex; justify-content: center; align-items: center; gap: .5rem; padding: .3rem 1rem; background: light-dark(#1f2925, #262c28); color: #f4f1e8; font-size: .9rem; }
.hint p { margin: 0; } .hint a { color: #f4dca6; } .hint .plain { color: inherit; display: flex; } .hint .plain svg { width: 1rem; height: 1rem; } .hint :focus-visible { outline-color: #f4dca6; } [data-hint-closed] .hint { display: none; }
.top { background: var(--card); border-bottom: 1px solid var(--line); }
.top .wide { display: grid; grid-template-columns: auto minmax(8rem, 24rem) auto; justify-content: space-between; align-items: center; gap: 0 1.5rem; padding-top: .9rem; }
.brand { display: flex; align-items: center; gap: .55rem; font: 600 1.4rem var(--serif); color: var(--ink); text-decoration: none; white-space: nowrap; }
.brand svg { width: 2rem; height: 2rem; fill: none; stroke: var(--brass); stroke-width: 2.25; stroke-linecap: round; stroke-linejoin: round; }
.find { display: flex; border: 1px solid var(--field); border-radius: 2rem; background: var(--ground); padding-left: 1rem; } .find:focus-within { outline: 3px solid var(--brass); outline-offset: 1px; }
.find input { flex: 1; min-width: 0; border: 0; background: none; padding: .45rem 0; outline: none; } .find input::placeholder { color: var(--quiet); opacity: 1; }
.find .plain { display: flex; align-items: center; padding: 0 .9rem 0 .5rem; color: var(--quiet); border-radius: 2rem; }
.own { display: flex; gap: 1.25rem; } .own a, .kinds a { color: var(--ink); text-decoration: none; padding: .35rem 0; white-space: nowrap; } .own a:hover, .kinds a:hover { text-decoration: underline; }
.count { display: inline-block; min-width: 1.5rem; padding: 0 .35rem; border-radius: 1rem; background: var(--strong); color: var(--on-strong); text-align: center; font-size: .85rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.count[data-count="0"] { background: var(--line); color: var(--ink); }
.kinds { grid-column: 1 / -1; overflow-x: auto; scrollbar-width: none; margin-top: .4rem; } .kinds ul { display: flex; gap: 1.75rem; } .kinds a { display: block; padding: .6rem .1rem .7rem; border-bottom: 3px solid transparent; }
.kinds a:focus-visible { outline-offset: -3px; } .kinds [aria-current=page] { font-weight: 600; } .own [aria-current=page] { text-decoration: underline; text-decoration-thickness: 2px; } .kinds [aria-current=page] { border-color: var(--brass); }

.hero { background: light-dark(#f2ecdf, #191d1a); border-bottom: 1px solid var(--line); } .hero .wide { display: grid; grid-template-columns: 1fr 1.15fr; gap: 3rem; align-items: center; padding-block: 3rem; }
.hero h1 { margin-top: 0; font-size: clamp(2.3rem, 1.5rem + 3.2vw, 3.75rem); } .hero p { font-size: 1.125rem; max-width: 30rem; margin-top: 1rem; } .hero .row { margin-top: 1.5rem; font-size: 1rem; }
.scene { width: 100%; height: auto; } .scene .wall { fill: light-dark(#cfdcd3, #2c3833); } .scene .floor { fill: light-dark(#b98f63, #4d3c2b); } .scene .skirting { fill: light-dark(#f6f2e8, #4a544e); } .scene .shelf { fill: light-dark(#7d5a3b, #8a6848); }
.shot { display: block; aspect-ratio: 1; border-radius: .9rem; padding: 11%; overflow: hidden; } .shot .drawing { width: 100%; height: 100%; }
.sand { background: var(--sand); } .sage { background: var(--sage); } .sky { background: var(--sky); } .clay { background: var(--clay); }
.kinds-grid, .grid { display: grid; gap: 2rem 1.5rem; grid-template-columns: repeat(4, minmax(0, 1fr)); }
.kinds-grid a, .card { display: block; color: inherit; text-decoration: none; } .kinds-grid strong { display: block; margin-top: .75rem; font: 600 1.2rem var(--serif); } .kinds-grid .quiet { display: block; }
.card .shot { margin-bottom: .75rem; } .card .name, .card .price { display: block; } .kinds-grid a:hover strong, .card:hover .name, a.name:hover { text-decoration: underline; text-underline-offset: .2em; }
.drawing { transition: transform .3s; } .card:hover .drawing, .kinds-grid a:hover .drawing { transform: scale(1.04); }
.maker { color: var(--quiet); font-size: .875rem; margin: 0; } .name { font-weight: 600; line-height: 1.35; color: inherit; text-decoration: none; } .price { font-variant-numeric: tabular-nums; margin-top: .15rem; }
.promises { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1.5rem; margin-top: 3.5rem; padding: 1.75rem 0 0; border-top: 1px solid var(--line); color: var(--quiet); } .promises strong { display: block; color: var(--ink); font: 600 1.1rem var(--serif); }

.trail { margin-top: 1.25rem; font-size: .9rem; } .trail ol { display: flex; flex-wrap: wrap; } .trail li + li::before { content: "/"; margin-inline: .6rem; color: var(--quiet); } .trail + h1 { margin-top: .75rem; }
.lead + .quiet, h1 + .quiet { margin-bottom: 1.25rem; }
.product { display: grid; grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr); gap: clamp(1.5rem, 5vw, 4.5rem); align-items: start; margin-top: 1rem; } .product h1 { margin: .15rem 0 .5rem; } .large { padding: 9%; } .product .price { font-size: 1.5rem; margin: 0 0 1rem; }
.add { display: flex; gap: 1rem; align-items: end; margin: 1.5rem 0 .5rem; } .add .button { flex: 1; max-width: 18rem; } .added { min-height: 1.6rem; margin: 0; font-weight: 600; }
.specs { margin: 1.25rem 0 0; border-top: 1px solid var(--line); } .specs div { display: grid; grid-template-columns: 7rem 1fr; gap: 1rem; padding: .55rem 0; border-bottom: 1px solid var(--line); } .specs dt { color: var(--quiet); } dd { margin: 0; }
.empty { text-align: center; padding-top: 2rem; } .empty > .drawing { width: 9rem; margin-inline: auto; } .empty .lead { margin-inline: auto; } .empty > .row { justify-content: center; margin-top: 1.5rem; } .chips { margin-top: 1.25rem; }

.field label { display: block; font-weight: 600; } .field { margin-bottom: 1rem; min-width: 0; } .field .quiet { margin: .25rem 0 0; } .add .field { margin: 0; }
.field input, .field textarea, .how input { width: 100%; min-height: 2.75rem; padding: .5rem .8rem; border: 1px solid var(--field); border-radius: .6rem; background: var(--card); margin-top: .25rem; } .field textarea { resize: vertical; }
.add input, .how input { width: 5rem; font-variant-numeric: tabular-nums; } fieldset { border: 0; padding: 0; margin: 1.5rem 0 0; min-width: 0; } legend { font: 600 1.25rem var(--serif); padding: 0; margin-bottom: .75rem; }
.field input:user-invalid, .field textarea:user-invalid { border-color: light-dark(#a8321f, #ff9d8a); } .pair { display: grid; grid-template-columns: 9rem 1fr; gap: 1rem; }
.note { padding: .7rem 1rem; border-left: 3px solid var(--brass); background: var(--sand); border-radius: 0 .5rem .5rem 0; } .fields > .button { margin-top: .75rem; } .fields p:has([data-fill]) { margin-block: .75rem 1.25rem; } .note:first-child { margin-top: 0; } .till > .fields { margin-top: 0; } .fields { margin-top: 1.25rem; } .done:not(:empty) { margin-top: 1.5rem; padding: 1.25rem 1.5rem; background: var(--sage); border-radius: .9rem; } .done h2 { margin: 0 0 .5rem; }
.till { display: grid; grid-template-columns: minmax(0, 1fr) 22rem; gap: 2rem clamp(1.5rem, 5vw, 4rem); align-items: start; margin-top: 1rem; }
.sum { background: var(--card); border: 1px solid var(--line); border-radius: .9rem; padding: 1.25rem 1.5rem; } .sum h2 { margin: 0 0 .75rem; font-size: 1.25rem; } .till .sum { position: sticky; top: 1rem; }
.sums { margin: 0; } .sums div { display: flex; justify-content: space-between; padding: .25rem 0; font-variant-numeric: tabular-nums; } .sums .total { border-top: 1px solid var(--line); margin-top: .5rem; padding-top: .7rem; font-weight: 600; font-size: 1.15rem; }
.lines li { display: grid; grid-template-columns: 6.5rem 1fr auto 6rem; gap: .5rem 1.25rem; align-items: center; padding: 1.1rem 0; border-bottom: 1px solid var(--line); } .lines li:first-child { border-top: 1px solid var(--line); }
.lines p { margin: 0; } .lines .price, .brief .price { text-align: right; font-weight: 600; margin: 0; } .how { display: flex; flex-direction: column; align-items: center; gap: .35rem; font-size: .95rem; } .how input { margin: 0; }
.brief { margin-bottom: .75rem; padding-bottom: .75rem; border-bottom: 1px solid var(--line); } .brief li { display: grid; grid-template-columns: 3.25rem 1fr auto; gap: .9rem; align-items: center; padding: .4rem 0; } .brief .shot { border-radius: .5rem; padding: .3rem; }
.tick { margin: 2.5rem 0 0; } .tick svg { width: 3.25rem; height: 3.25rem; padding: .4rem; border-radius: 50%; background: var(--strong); fill: none; stroke: var(--on-strong); stroke-width: 3; stroke-linecap: round; stroke-linejoin: round; } .tick + h1 { margin-top: 1rem; } .narrow .sum { margin: 1.5rem 0; }

.bottom { border-top: 1px solid var(--line); background: var(--card); font-size: .95rem; } .bottom .wide { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1.5rem; padding-block: 2rem 1.25rem; }
.bottom h2 { margin: 0 0 .5rem; font-size: 1.05rem; } .bottom li { padding: .2rem 0; } .slim { grid-column: 1 / -1; margin: .5rem 0 0; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .9rem; }
.consent { display: none; } [data-consent-open] { scroll-padding-bottom: 14rem; }
[data-consent-open] .consent { order: 1; position: sticky; bottom: 0; z-index: 2; display: flex; flex-wrap: wrap; justify-content: center; align-items: center; gap: .75rem 2.5rem; padding: 1rem clamp(1rem, 4vw, 2.5rem); background: var(--card); border-top: 1px solid var(--line); box-shadow: 0 -6px 24px #0002; }
.consent h2 { margin: 0; font-size: 1.15rem; } .consent p { margin: .15rem 0 0; max-width: 44rem; } .choices { display: flex; gap: .75rem; } .consent:focus { outline: none; } .consent:focus-visible { box-shadow: inset 0 0 0 3px var(--brass); }

@media (max-width: 60rem) { .till { grid-template-columns: minmax(0, 1fr); } .till .sum { position: static; } .till .sum.first { order: -1; } .grid, .kinds-grid { grid-template-columns: repeat(3, minmax(0, 1fr)); } .kinds-grid { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (max-width: 48rem) { .top .wide { grid-template-columns: minmax(0, 1fr) auto; gap: .6rem 1rem; } .find { grid-column: 1 / -1; order: 2; } .kinds { order: 3; margin: 0 -1rem; padding-inline: 1rem; } .kinds ul { gap: 1.4rem; } .brand { font-size: 1.25rem; } .own { gap: .9rem; }
  .hero .wide { grid-template-columns: 1fr; gap: 1.75rem; padding-block: 2rem; } .product { grid-template-columns: 1fr; } .grid { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.5rem 1rem; } .promises { grid-template-columns: 1fr; gap: 1rem; }
  .bottom .wide { grid-template-columns: 1fr 1fr; } h2 { margin-top: 2.25rem; font-size: 1.35rem; } .consent .choices, .consent .choices .button { flex: 1; } .consent p { font-size: .95rem; line-height: 1.4; }
  .lines li { grid-template-columns: 5rem 1fr auto; } .lines .what { grid-column: 2 / -1; } .lines .how { grid-column: 2; flex-direction: row; gap: 1rem; } .lines .how input { width: 4.25rem; } .sum { padding: 1rem 1.15rem; } }
@media (max-width: 27rem) { .brand { font-size: 1.1rem; gap: .4rem; white-space: normal; } .brand svg { width: 1.6rem; height: 1.6rem; } .own { gap: .75rem; } .hero .button { width: 100%; } }
@media (max-width: 23rem) { .lines .price { grid-column: 2; text-align: left; } }
@media (prefers-reduced-motion: reduce) { .drawing { transition: none; } }
`;
