import { html, raw } from 'hono/html';
import type { Markup } from './page-elements.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';

interface PageShell {
  /** Name of the platform's product, such as `Microsoft Advertising`. */
  readonly platform: string;
  readonly title: string;
  readonly intro: string;
  /** The response's nonce for the style and the script. */
  readonly nonce: string;
  /** Identifies the state that the page shows. */
  readonly revision: string;
  /** The page's `<main>`. */
  readonly main: Markup;
}

/** Returns a policy that allows the page's own style, script and origin only. */
export function createPagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Renders a simulator's page around its `<main>`. */
export async function renderShell({ platform, title, intro, nonce, revision, main }: PageShell): Promise<string> {
  return String(
    await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${raw(pageStyle)}</style>
</head>
<body>
<header>
<h1>${platform} <span>simulator</span></h1>
<p>${intro} All data stays in the memory of this process.</p>
</header>
<p id="update" role="status"><button type="button" data-do="reload" hidden>Show new entries</button></p>
<p id="offline" role="status" hidden>The simulator does not respond. This page shows its last state.</p>
${main}
<script nonce="${nonce}" data-revision="${revision}">${raw(pageScript)}</script>
</body>
</html>`,
  );
}

export function faultNotice(text: string): Markup {
  return html`<p class="fault"><span><strong>Active fault:</strong> <code><bdi>${text}</bdi></code></span>
<button type="button" data-do="end-fault">End the fault</button></p>`;
}
