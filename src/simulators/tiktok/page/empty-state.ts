import { renderFirstSteps } from '../../kit/page/first-steps.ts';
import type { Markup } from '../../kit/page/page-elements.ts';

/** Explains how to send the first events. */
export function emptyState(url: string): Markup {
  const call = `curl ${url}/open_api/v1.3/event/track/ \\
  -H 'Access-Token: any-token' \\
  -H 'Content-Type: application/json' \\
  -d '{"event_source":"web",
    "event_source_id":"C4ABCDEF0123456789AB","data":[
    {"event":"Purchase","event_id":"purchase-1",
     "event_time":'$(date +%s)',
     "user":{"ttclid":"E.C.P.example"},
     "page":{"url":"https://shop.example/thanks"},
     "properties":{"value":125.4,"currency":"EUR"}}]}'`;
  const tag = `<script>
  (function (w) {
    const code = 'C4ABCDEF0123456789AB';
    const ttq = w.ttq = w.ttq || [];
    ttq.track = (...given) => ttq.push(['track', ...given]);
    ttq._i = { [code]: [] };
  })(window);
  ttq.track('Purchase', { value: 125.4, currency: 'EUR' },
    { event_id: 'purchase-1' });
</script>
<script async src="${url}/i18n/pixel/events.js"></script>`;
  return renderFirstSteps(url, { call, tag, tagAddress: 'analytics.tiktok.com/i18n/pixel/events.js' });
}
