import type { AlertConditionName } from '../../event/alert-conditions.ts';
import type { ReceivedKind } from '../../storage/store/alerts.ts';
import { formatDuration } from '../message.ts';
import type { SiteFacts } from './facts.ts';
import { getUsualCount, longestSilenceMs, type Silence } from './shop-rhythm.ts';
import type { ConditionContext, Verdict } from './verdict.ts';

/** The conditions of one site. */
export const siteConditions = {
  'no-events': (site, context) =>
    judgeSilence('events', site, context, {
      title: `${site.site} reports no events`,
      subject: 'No event of',
      usual: 'Usual number of events in this time',
      remedy: "Open the shop, and check that the pixel loads and the shop's server still reports.",
    }),
  'no-orders': (site, context) =>
    judgeSilence('orders', site, context, {
      title: `${site.site} reports no orders`,
      subject: 'No order of',
      usual: 'Usual number of orders in this time',
      remedy: 'Place a test order, and check that the thank-you page and the webhooks of the shop report it.',
    }),
  'pixel-missing'(site, context) {
    const browsers = site.silences.browserEvents;
    const all = site.silences.events;
    // If everything is silent, the condition of all events reports it.
    if (isSilence(browsers) && isSilence(all) && all.since <= browsers.since) return 'unknown';
    return judgeSilence('browserEvents', site, context, {
      title: `${site.site}: the pixel reports nothing`,
      subject: 'No report of a browser on',
      usual: 'Usual number of reports in this time',
      remedy: "Check the pixel's snippet in the shop's theme, and run `convey check --page` with an address of the shop.",
    });
  },
} as const satisfies Partial<Record<AlertConditionName, (site: SiteFacts, context: ConditionContext) => Verdict>>;

interface SilenceTexts {
  readonly title: string;
  readonly subject: string;
  readonly usual: string;
  readonly remedy: string;
}

function judgeSilence(kind: ReceivedKind, site: SiteFacts, { threshold, now }: ConditionContext, texts: SilenceTexts): Verdict {
  const silence = site.silences[kind];
  if (!isSilence(silence)) return silence ?? 'fine';
  if (now - silence.since > longestSilenceMs) return 'unknown';
  const usual = getUsualCount(silence.earlier);
  if (usual === undefined || usual < threshold) return 'unknown';
  return {
    title: texts.title,
    sentence: `${texts.subject} ${site.name} has arrived for ${formatDuration(now - silence.since)}. At this time of the week that is unusual.`,
    figures: [
      { label: texts.usual, value: `${Math.round(usual).toLocaleString('en-GB')} (last ${silence.earlier.length} weeks)` },
    ],
    remedy: texts.remedy,
    path: `/sites/${site.site}/events`,
    isUrgent: false,
    since: silence.since,
  };
}

function isSilence(silence: Silence | 'unknown' | undefined): silence is Silence {
  return typeof silence === 'object';
}
