import type { DiagnosisView } from '../../../api/client.ts';
import { formatPercent, pluralize } from '../../components/display/format.ts';

/** Who can say what the shopper chose. */
const sources: Readonly<Record<string, { readonly name: string; readonly says: string }>> = {
  call: { name: 'A call on the page', says: "`convey('consent', …)`" },
  shopify: { name: 'Shopify', says: "Shopify's customer privacy" },
  uet: { name: 'UET consent mode', says: 'What the page told the UET tag' },
  gcm: { name: 'Google Consent Mode', says: '`ad_storage`' },
  tcf: { name: 'TCF', says: 'A consent platform of the TCF' },
  gpc: { name: 'Global Privacy Control', says: 'A setting of the browser, which denies. Nothing to mend' },
  server: { name: 'A server', says: 'Sent with the event' },
};

/** A source that a newer gateway names is shown as it calls it. */
export function getSourceLabel(source: string | undefined): { readonly name: string; readonly says: string } {
  if (source === undefined) return { name: 'Nobody', says: 'The events told no choice' };
  return sources[source] ?? { name: source, says: '' };
}

/** What the doctor found, in one sentence or two. */
export function summarizeDiagnosis({ events, stated, silentlyDenied }: DiagnosisView): string {
  if (events === 0) return 'No event of a browser came lately, so nothing can be said of consent yet.';
  const share = (part: number) => formatPercent(part, events);
  const first = `Of the newest ${pluralize(events, 'event')} of browsers, ${share(stated.granted)} came with a yes, ${share(stated.denied)} with a no, and ${share(stated.unknown)} without a choice.`;
  if (silentlyDenied === 0) return `${first} None was denied by silence.`;
  const they = silentlyDenied === 1 ? 'counts' : 'count';
  return `${first} ${pluralize(silentlyDenied, 'event')} ${they} as denied although nobody said no.`;
}
