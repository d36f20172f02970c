import { html } from 'hono/html';
import type { Markup } from '../../kit/page/page-elements.ts';

/** Explains how to send the first events. */
export function emptyState(url: string): Markup {
  const call = `curl ${url}/v5/ad_accounts/549755885175/events \\
  -H 'Authorization: Bearer any-token' \\
  -H 'Content-Type: application/json' \\
  -d '{"data":[{"event_name":"checkout","event_id":"ord-1",
    "event_time":'$(date +%s)',"action_source":"web",
    "user_data":{"client_ip_address":"203.0.113.42",
      "client_user_agent":"curl"},
    "custom_data":{"value":"125.4","currency":"EUR"}}]}'`;
  const tag = `<script>
  !function(w){if(w.pintrk)return;var n=w.pintrk=function(){
  n.queue.push([].slice.call(arguments))};
  n.queue=[];n.version='3.0'}(window);
  pintrk('load', '2612345678901');
  pintrk('track', 'checkout', { event_id: 'ord-1',
    value: 125.4, currency: 'EUR' });
</script>
<script async src="${url}/ct/core.js"></script>`;
  return html`<section class="empty"><h2>No events yet</h2>
<p>This page updates every two seconds. Send the same purchase from server and browser. It counts once:</p>
<div class="ways"><div><h3>From a server</h3><p>Set the connection's <code>endpoint</code> to <code>${url}</code> and send an event through Convey, or use curl:</p>
<pre tabindex="0">${call}</pre></div>
<div><h3>From a browser</h3><p>Load the simulated tag in place of <code>s.pinimg.com/ct/core.js</code>:</p>
<pre tabindex="0">${tag}</pre></div></div></section>`;
}
