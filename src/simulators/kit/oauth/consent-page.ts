import { html } from 'hono/html';
import type { Reply } from '../http/reply.ts';
import type { Markup } from '../page/page-elements.ts';

const style =
  ':root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;overflow-wrap:anywhere}a{margin-right:1rem}li{margin:.5rem 0}';

/** Renders a page on which a person allows or denies access, or reads why it cannot be asked for. */
export async function renderConsentPage(status: number, title: string, main: Markup): Promise<Reply> {
  const body = html`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>${style}</style><main>${main}</main></html>`;
  return { status, headers: { 'referrer-policy': 'no-referrer' }, body: String(await body) };
}

/** Returns whether the address is https, or http on this machine. */
export function isRedirectTarget(text: string): boolean {
  const url = URL.parse(text);
  if (url?.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname));
}

/** Returns the redirect address of a request for consent, with its state and the answer. */
export function createAnswerUrl(query: URLSearchParams, answer: Readonly<Record<string, string>>): string {
  const url = new URL(query.get('redirect_uri') ?? '');
  for (const [name, value] of Object.entries({ state: query.get('state') ?? '', ...answer })) url.searchParams.set(name, value);
  return url.href;
}
