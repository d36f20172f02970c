import { renderFirstSteps } from '../../kit/page/first-steps.ts';
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
  return renderFirstSteps(url, { call, tag, tagAddress: 's.pinimg.com/ct/core.js' });
}
