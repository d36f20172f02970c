import type { DiagnosisView } from '../../../api/client.ts';
import { formatShares, pluralize } from '../../components/display/format.ts';

/** The sources of a consent choice. */
const sources: Readonly<Record<string, { readonly name: string; readonly description: string }>> = {
  call: { name: 'Call on the page', description: "`convey('consent', …)`" },
  shopify: { name: 'Shopify', description: 'Customer Privacy API' },
  uet: { name: 'UET consent mode', description: 'Consent that the page passed to the UET tag' },
  gcm: { name: 'Google Consent Mode', description: '`ad_storage`' },
  tcf: { name: 'TCF', description: 'A consent platform that implements the TCF' },
  gpc: { name: 'Global Privacy Control', description: 'A browser setting that denies. No action needed' },
  server: { name: 'Server', description: 'Sent with the event' },
};

/** Returns the label of a source. An unknown source, from a newer gateway, keeps its own name. */
export function getSourceLabel(source: string | undefined): { readonly name: string; readonly description: string } {
  if (source === undefined) return { name: 'None', description: 'The events carried no choice' };
  return sources[source] ?? { name: source, description: '' };
}

/** Describes the events without a choice, with the number of those that count as denied. */
export function describeNoChoice(silentlyDenied: number): string {
  const first = 'Nothing was sent, or only a default';
  if (silentlyDenied === 0) return first;
  return `${first}. ${pluralize(silentlyDenied, 'event')} of these ${silentlyDenied === 1 ? 'counts' : 'count'} as denied by default`;
}

/** Returns the finding in one or two sentences. */
export function summarizeDiagnosis({ events, stated, silentlyDenied }: DiagnosisView): string {
  if (events === 0) return 'No browser events were received recently, so there is no consent to check yet.';
  const [granted, denied, unknown] = formatShares([stated.granted, stated.denied, stated.unknown]);
  const first = `The newest ${pluralize(events, 'browser event')}: ${granted} granted, ${denied} denied, ${unknown} without a choice.`;
  if (silentlyDenied === 0) return `${first} None was denied by default.`;
  const were = silentlyDenied === 1 ? 'was' : 'were';
  return `${first} ${pluralize(silentlyDenied, 'event')} ${were} denied by default, although the shopper did not decline.`;
}
