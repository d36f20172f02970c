/** HTML that is safe to send: made by `html` alone, so whatever it holds was escaped or is HTML already. */
export interface Markup {
  readonly markup: string;
}

/** What may stand in a hole of `html`. Nothing at all is written for `undefined` and `false`. */
export type HtmlValue = string | number | Markup | readonly Markup[] | undefined | false;

/** Text and numbers are escaped, for between tags and for quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...holes: readonly HtmlValue[]): Markup {
  return { markup: parts.map((part, index) => part + written(holes[index])).join('') };
}

function written(hole: HtmlValue): string {
  if (hole === undefined || hole === false) return '';
  if (typeof hole === 'string' || typeof hole === 'number') return escaped(String(hole));
  return 'markup' in hole ? hole.markup : hole.map(({ markup }) => markup).join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? '');
}

/** A script of our own, as it is. */
export function script(code: string, nonce: string): Markup {
  return { markup: `<script nonce="${escaped(nonce)}">${code}</script>` };
}

/** Text for between the single quotes of a script that stands in a page: it ends neither the quotes nor the script. */
export function escapeForScript(text: string): string {
  const unsafe = /['<>&\u2028\u2029]/g;
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(unsafe, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
