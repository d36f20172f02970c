import { type DiagnosisView, nameBanner } from '../../../api/client.ts';
import { formatPercent, pluralize } from '../../components/display/format.ts';

/** Descriptions of the sources of a consent choice. */
const descriptions: Readonly<Record<string, string>> = {
  call: "`convey('consent', …)`",
  cmp: 'The tool that the settings of the site name',
  shopify: 'Customer Privacy API',
  uet: 'Consent that the page passed to the UET tag',
  gcm: '`ad_storage`',
  tcf: 'A consent platform that implements the TCF',
  gpc: 'A browser setting that denies. No action needed',
  server: 'Sent with the event',
};

/** Returns the label of a source. An unknown source, from a newer gateway, keeps its own name. */
export function getSourceLabel(source: string | undefined): { readonly name: string; readonly description: string } {
  if (source === undefined) return { name: 'None', description: 'The events carried no choice' };
  return { name: nameBanner({ source }), description: descriptions[source] ?? '' };
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
  const [granted, denied, unknown] = [stated.granted, stated.denied, stated.unknown].map((part) => formatPercent(part, events));
  const first = `The newest ${pluralize(events, 'browser event')}: ${granted} granted, ${denied} denied, ${unknown} without a choice.`;
  if (silentlyDenied === 0) return `${first} None was denied by default.`;
  const were = silentlyDenied === 1 ? 'was' : 'were';
  return `${first} ${pluralize(silentlyDenied, 'event')} ${were} denied by default, although the shopper did not decline.`;
}
