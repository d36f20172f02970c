import { html } from 'hono/html';
import { type Fields, isFields } from '../fields.ts';

/** Maximum characters of one JSON view. The journal's JSON has the rest. */
const shownJson = 8_000;
const shownText = 200;

/** HTML made by `html`, which escapes every value. */
export type Markup = ReturnType<typeof html>;

export type Tone = 'good' | 'bad' | 'doubt' | 'plain' | 'both';

export function badge(label: string, tone: Tone): Markup {
  return html`<span class="badge ${tone}"><bdi>${truncate(label)}</bdi></span>`;
}

export function formatClock(at: string): Markup {
  return html`<time datetime="${at}" title="${at}">${at.slice(11, 19)} UTC</time>`;
}

/** Returns a count with its noun, such as `3 events`. */
export const formatCount = (many: number, one: string, more = `${one}s`): string =>
  `${many.toLocaleString('en')} ${many === 1 ? one : more}`;

export const isPlain = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

/** Returns a text or number, or those of a list; empty for anything else. */
export const formatPlain = (value: unknown): string =>
  isPlain(value) ? String(value) : Array.isArray(value) ? value.filter(isPlain).join(', ') : '';

/** Returns a value with its currency, such as `125.4 USD`; empty if there is no value. */
export const formatMoney = (value: unknown, currency: unknown): string =>
  isPlain(value) && value !== '' ? [value, currency].filter(isPlain).join(' ') : '';

/** Shortens a text. Replaces characters that change the direction of text, since `bdi` does not contain unbalanced ones. */
export const truncate = (text: string, most = shownText): string =>
  (text.length > most ? `${text.slice(0, most)}…` : text).replace(/[\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

export const truncateJson = (text: string): string =>
  text.length > shownJson ? `${text.slice(0, shownJson)}\n… truncated. See /journal` : text;

/** Formats a value as `JSON.stringify(value, null, 2)` does, up to the shown length, so that a large body costs no more than a small one. */
export function formatJson(value: unknown): string {
  let written = '';
  const text = (input: string): string => JSON.stringify(input.slice(0, shownJson));
  const write = (raw: unknown, indent: string): void => {
    if (typeof raw === 'string') written += text(raw);
    else if (!Array.isArray(raw) && !isFields(raw)) written += JSON.stringify(raw) ?? '';
    else {
      const [open, close] = Array.isArray(raw) ? '[]' : '{}';
      written += open;
      let before = '';
      for (const [name, member] of membersOf(raw)) {
        if (written.length > shownJson) return;
        written += `${before}\n${indent}  ${name === undefined ? '' : `${text(name)}: `}`;
        write(member, `${indent}  `);
        before = ',';
      }
      written += `${before === '' ? '' : `\n${indent}`}${close}`;
    }
  };
  write(value, '');
  return truncateJson(written);
}

function* membersOf(given: Fields | readonly unknown[]): Generator<readonly [name: string | undefined, member: unknown]> {
  if (isFields(given)) {
    for (const name of Object.keys(given)) if (given[name] !== undefined) yield [name, given[name]];
  } else for (const member of given) yield [undefined, member];
}
