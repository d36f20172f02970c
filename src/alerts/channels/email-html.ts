import { listFigures, type RenderedMessage } from '../message.ts';

/**
 * The frame of every e-mail: one column of at most 640 px, styles in attributes, because mail programs ignore style sheets, and a style
 * sheet only for dark colours.
 */

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const font = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** The classes change the colours if the mail program has a dark scheme. */
const darkStyles = `@media (prefers-color-scheme: dark) {
  .page { background: #141517 !important; }
  .card { background: #1f2023 !important; border-color: #3b3d42 !important; }
  .text { color: #e9ecef !important; }
  .dim { color: #adb5bd !important; }
  .line { border-color: #3b3d42 !important; }
  .link { color: #63e6be !important; }
}
@media (max-width: 480px) { .card { padding: 20px 16px !important; } }`;

/** Wraps the content of an e-mail in a page. `title` is text, `content` is HTML. */
export function renderEmailPage(title: string, content: string, footer: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${darkStyles}</style>
</head>
<body class="page" style="margin:0;padding:24px 12px;background:#f4f5f6;${font}">
<div class="card" style="max-width:640px;margin:0 auto;padding:28px 32px;background:#ffffff;border:1px solid #dee2e6;border-radius:8px;box-sizing:border-box">
${content}
</div>
<p class="dim" style="max-width:640px;margin:16px auto 0;color:#5c636a;font-size:13px;line-height:1.5;text-align:center">${footer}</p>
</body>
</html>
`;
}

export function renderHeading(text: string): string {
  return `<h1 class="text" style="margin:0 0 12px;color:#1f2328;font-size:20px;line-height:1.3">${escapeHtml(text)}</h1>`;
}

export function renderParagraph(text: string): string {
  return `<p class="text" style="margin:0 0 16px;color:#1f2328;font-size:15px;line-height:1.55">${escapeHtml(text)}</p>`;
}

export function renderLink(url: string, text: string): string {
  return `<a class="link" href="${escapeHtml(url)}" style="color:#087f5b;font-size:15px">${escapeHtml(text)}</a>`;
}

/** Renders the e-mail of an alert. */
export function renderEmail(message: RenderedMessage): string {
  const rows = listFigures(message).map(
    ({ label, value }) =>
      `<tr><th class="dim line" scope="row" style="padding:8px 16px 8px 0;border-top:1px solid #e9ecef;color:#5c636a;font-size:14px;font-weight:400;text-align:left;vertical-align:top">${escapeHtml(label)}</th>` +
      `<td class="text line" style="padding:8px 0;border-top:1px solid #e9ecef;color:#1f2328;font-size:14px;text-align:right;overflow-wrap:anywhere">${escapeHtml(value)}</td></tr>`,
  );
  const content = [
    renderHeading(message.title),
    renderParagraph(message.sentence),
    rows.length > 0 ? `<table style="width:100%;margin:0 0 16px;border-collapse:collapse">${rows.join('')}</table>` : '',
    message.remedy === undefined ? '' : renderParagraph(message.remedy),
    renderLink(message.url, 'Open in Convey'),
    message.runbook === undefined ? '' : `&nbsp; ${renderLink(message.runbook, 'Steps')}`,
  ];
  return renderEmailPage(message.title, content.join('\n'), 'Sent by Convey. Change the alerts in its dashboard.');
}
