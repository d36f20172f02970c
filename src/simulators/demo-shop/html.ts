import { html, raw } from 'hono/html';

/** HTML made by `html`, which escapes every value. */
export type ShopHtml = ReturnType<typeof html>;

export function toScript(code: string, nonce: string): ShopHtml {
  return html`<script nonce="${nonce}">${raw(code)}</script>`;
}

/** Escapes text for a single-quoted string of an inline script, so that it ends neither the string nor the script. */
export function escapeForScript(text: string): string {
  const unsafe = /['<>&\u2028\u2029]/g;
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(unsafe, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
