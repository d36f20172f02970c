import { renderFirstSteps } from '../../kit/page/first-steps.ts';
import type { Markup } from '../../kit/page/page-elements.ts';

/** Explains how to send the first events. */
export function emptyState(url: string): Markup {
  const call = `curl ${url}/v26.0/1234567890123456/events \\
  -H 'Authorization: Bearer any-token' \\
  -H 'Content-Type: application/json' \\
  -d '{"data":[{"event_name":"Purchase","event_id":"ord-1",
    "event_time":'$(date +%s)',"action_source":"website",
    "event_source_url":"https://shop.example/thanks",
    "user_data":{"external_id":"b171a9b06ce011ec"},
    "custom_data":{"value":125.4,"currency":"EUR"}}]}'`;
  const tag = `<script>
  !function(f){if(f.fbq)return;var n=f.fbq=function(){
  n.callMethod?n.callMethod.apply(n,arguments):n.queue.push(arguments)};
  n.queue=[]}(window);
  fbq('init', '1234567890123456');
  fbq('track', 'Purchase', { value: 125.4, currency: 'EUR' },
    { eventID: 'ord-1' });
</script>
<script async src="${url}/en_US/fbevents.js"></script>`;
  return renderFirstSteps(url, { call, tag, tagAddress: 'connect.facebook.net/en_US/fbevents.js' });
}
