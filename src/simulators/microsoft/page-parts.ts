import { html } from 'hono/html';

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

export const json = (value: unknown): string => cut(JSON.stringify(value, null, 2) ?? '');
