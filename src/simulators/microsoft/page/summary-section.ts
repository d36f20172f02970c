import { html } from 'hono/html';
import { describeSources, formatSums, renderBar } from '../../kit/page/counts.ts';
import type { Markup } from '../../kit/page/page-elements.ts';
import { formatCount, truncate } from '../../kit/page/page-elements.ts';
import { renderSummary } from '../../kit/page/summary-section.ts';
import type { Reason } from '../journal/conversion-counting.ts';
import type { Journal } from '../journal/journal.ts';
import type { GoalCount, Summary } from '../journal/summary.ts';

const reasonTexts: Readonly<Record<Reason, string>> = {
  conversion: '',
  'page-load': '',
  'no-goal': 'no goal matches the action',
  'no-action': 'the event has no name',
  'consent-denied': 'consent was denied',
  'not-readable': 'the beacon has no valid tag id or event type',
  'unknown-tag': 'the simulator was started with other tags',
  retracted: 'the conversion was retracted',
};

/** Shows the result in sentences, the totals and the conversions by goal. */
export function summarySection(summary: Summary, totals: Journal['totals']): Markup {
  const { conversions, goals, severalGoals, merged, notCounted, pageLoads, doubtful, reasons } = summary;
  const goalsWithConversions = goals.filter((goal) => goal.conversions > 0).length;
  const [mostFrequent] = reasons;
  return renderSummary({
    answer:
      conversions === 0
        ? 'No conversion so far'
        : html`<b>${conversions.toLocaleString('en')}</b> ${conversions === 1 ? 'conversion' : 'conversions'} for ${formatCount(goalsWithConversions, 'goal')}`,
    sentences: [
      severalGoals > 0 &&
        html`<b class="good">${formatCount(severalGoals, 'event')}</b> ${severalGoals === 1 ? 'counts' : 'count'} for more than one goal, as one conversion of each.`,
      merged > 0 && html`<b class="both">${formatCount(merged, 'event')}</b> reported by browser and server and merged.`,
      doubtful > 0 &&
        html`<b class="bad">${formatCount(doubtful, 'event')}</b> may count twice: see <a href="./?show=doubtful" data-show>why ${doubtful === 1 ? 'it was' : 'they were'} not merged</a>.`,
      notCounted > 0 &&
        html`<b class="doubt">${formatCount(notCounted, 'event')}</b> not counted${
          mostFrequent === undefined
            ? ''
            : html`, ${reasons.length > 1 ? 'most often ' : ''}because ${reasonTexts[mostFrequent.reason]}${reasons.length > 1 ? ` (${mostFrequent.count.toLocaleString('en')})` : ''}`
        }.`,
      totals.refused > 0 &&
        html`<b class="bad">${formatCount(totals.refused, 'event')}</b> rejected: see <a href="#requests">the requests</a>.`,
      pageLoads > 0 && html`<b>${formatCount(pageLoads, 'page view')}</b>.`,
    ],
    figures: {
      Requests: totals.requests,
      'Not answered 200': totals.failed,
      Duplicates: summary.duplicates,
      Beacons: totals.beacons,
      'ID syncs': totals.syncs,
      'With warnings': totals.warned,
    },
    counts: goalTable(goals),
  });
}

function goalTable(goals: readonly GoalCount[]): Markup {
  const most = Math.max(1, ...goals.map(({ conversions }) => conversions));
  const shown = goals.toSorted((a, b) => b.conversions - a.conversions);
  return html`<div class="goals"><h3>Conversions by goal</h3>
${goals.length === 0 ? html`<p class="note">No event can count without a goal. Set goals with <code>POST /goals</code>.</p>` : ''}
<ul>${shown.map((each) => goalRow(each, most))}</ul></div>`;
}

function goalRow({ goal, conversions, byServer, byBrowser, merged, values }: GoalCount, most: number): Markup {
  return html`<li class="${conversions === 0 ? 'none' : 'some'}"><div class="line"><strong><bdi>${truncate(goal.name)}</bdi></strong>${
    goal.name.toLowerCase() === goal.action.toLowerCase()
      ? ''
      : html`<span class="quiet">action <bdi>${truncate(goal.action)}</bdi></span>`
  }<span class="value">${conversions === 0 ? 'none' : conversions.toLocaleString('en')}</span></div>
${
  conversions === 0 ? '' : renderBar(conversions / most, describeSources({ byServer, byBrowser, merged }), formatSums(values))
}</li>`;
}
