import { renderFirstSteps } from '../../kit/page/first-steps.ts';
import type { Markup } from '../../kit/page/page-elements.ts';

/** Explains how to send the first conversions. */
export function emptyState(url: string): Markup {
  const call = `TOKEN=$(curl -s ${url}/token \\
  -d grant_type=refresh_token -d client_id=1 -d client_secret=1 \\
  -d refresh_token=any | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
curl ${url}/v1/events:ingest \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d '{"destinations":[{"operatingAccount":{"accountType":"GOOGLE_ADS",
    "accountId":"1234567890"},"productDestinationId":"987654321"}],
    "events":[{"transactionId":"A-1001","eventSource":"WEB",
    "eventTimestamp":"'$(date -u +%FT%TZ)'",
    "conversionValue":125.4,"currency":"EUR",
    "adIdentifiers":{"gclid":"Cj0KCQ.example"}}]}'`;
  const tag = `<script async src="${url}/gtag/js?id=AW-123456789"></script>
<script>
  window.dataLayer = window.dataLayer || [];
  function gtag(){dataLayer.push(arguments)}
  gtag('js', new Date());
  gtag('config', 'AW-123456789');
  gtag('event', 'conversion', { send_to: 'AW-123456789/AbC',
    value: 125.4, currency: 'EUR', transaction_id: 'A-1001' });
</script>`;
  return renderFirstSteps(url, {
    call,
    tag,
    tagAddress: 'www.googletagmanager.com/gtag/js',
    events: 'conversions',
    settings: ['endpoint', 'tokenEndpoint'],
  });
}
