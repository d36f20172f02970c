import { html } from 'hono/html';
import type { Markup } from '../../kit/page/page-elements.ts';

/** Explains how to send the first events. */
export function emptyState(url: string): Markup {
  const call = `curl '${url}/v1/events?pid=px-demo' \\
  -H 'Authorization: Bearer any-key' \\
  -H 'Content-Type: application/json' \\
  -d '{"events":[{"id":"ord-1","type":"order_created",
    "timestamp_ms":'$(date +%s)000',"action_source":"web",
    "source_url":"https://shop.example/thanks","oppref":"gAAAA-demo",
    "data":{"type":"contents","amount":12540,"currency":"EUR"}}]}'`;
  const tag = `<script>
  window.oaiq = function () { oaiq.q.push(arguments) };
  oaiq.q = [];
  oaiq('init', { pixelId: 'px-demo' });
  oaiq('measure', 'order_created',
    { type: 'contents', amount: 12540, currency: 'EUR' },
    { event_id: 'ord-1' });
</script>
<script async src="${url}/sdk/oaiq.min.js"></script>`;
  return html`<section class="empty"><h2>No events yet</h2>
<p>This page updates every two seconds. Send the same purchase from server and browser. It counts once:</p>
<div class="ways"><div><h3>From a server</h3><p>Set the connection's <code>endpoint</code> to <code>${url}</code> and send an event through Convey, or use curl:</p>
<pre tabindex="0">${call}</pre></div>
<div><h3>From a browser</h3><p>Load the simulated pixel in place of <code>bzrcdn.openai.com/sdk/oaiq.min.js</code>:</p>
<pre tabindex="0">${tag}</pre></div></div></section>`;
}
