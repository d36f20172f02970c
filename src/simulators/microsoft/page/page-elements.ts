import { html } from 'hono/html';
import type { Fields } from '../events-api/event-rules.ts';
import { isFields } from '../events-api/event-rules.ts';

/** Characters of JSON behind one `Raw JSON`; the rest is read at the journal's own address. */
const shownJson = 8_000;
const shownText = 200;

/** What `html` made: escaped already. */
export type Markup = ReturnType<typeof html>;

export type Tone = 'good' | 'bad' | 'doubt' | 'plain' | 'both';

export function badge(label: string, tone: Tone): Markup {
  return html`<span class="badge ${tone}"><bdi>${short(label)}</bdi></span>`;
}

export function clock(at: string): Markup {
  return html`<time datetime="${at}" title="${at}">${at.slice(11, 19)} UTC</time>`;
}

/** `3 events`; the singular where there is one. */
export const count = (many: number, one: string, more = `${one}s`): string =>
  `${many.toLocaleString('en')} ${many === 1 ? one : more}`;

export const isPlain = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

export const short = (text: string, most = shownText): string => (text.length > most ? `${text.slice(0, most)}…` : text);

export const cut = (text: string): string =>
  text.length > shownJson ? `${text.slice(0, shownJson)}\n… cut here. The whole is at /journal` : text;

/** As `JSON.stringify(value, null, 2)` writes it, but only as much as is shown, so that a large body costs no more than a small one. */
export function json(value: unknown): string {
  let written = '';
  const text = (given: string): string => JSON.stringify(given.slice(0, shownJson));
  const write = (given: unknown, indent: string): void => {
    if (typeof given === 'string') written += text(given);
    else if (!Array.isArray(given) && !isFields(given)) written += JSON.stringify(given) ?? '';
    else {
      const [open, close] = Array.isArray(given) ? '[]' : '{}';
      written += open;
      let before = '';
      for (const [name, member] of membersOf(given)) {
        if (written.length > shownJson) return;
        written += `${before}\n${indent}  ${name === undefined ? '' : `${text(name)}: `}`;
        write(member, `${indent}  `);
        before = ',';
      }
      written += `${before === '' ? '' : `\n${indent}`}${close}`;
    }
  };
  write(value, '');
  return cut(written);
}

function* membersOf(given: Fields | readonly unknown[]): Generator<readonly [name: string | undefined, member: unknown]> {
  if (isFields(given)) {
    for (const name of Object.keys(given)) if (given[name] !== undefined) yield [name, given[name]];
  } else for (const member of given) yield [undefined, member];
}
