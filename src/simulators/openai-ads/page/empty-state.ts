import { renderFirstSteps } from '../../kit/page/first-steps.ts';
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
  return renderFirstSteps(url, { call, tag, tagAddress: 'bzrcdn.openai.com/sdk/oaiq.min.js', tagName: 'pixel' });
}
