import { definePage } from '../../kit/page/define-page.ts';
import { emptyState } from './empty-state.ts';
import { eventCard } from './event-card.ts';
import { requestCard } from './request-card.ts';
import { summarySection } from './summary-section.ts';

export const page = definePage({
  platform: 'Google Ads Data Manager API',
  title: 'Google Ads simulator',
  intro: 'Shows which conversions Google Ads would count, which reports it would merge, and its verdicts.',
  views: {
    all: { label: 'All', shows: () => true },
    merged: { label: 'Merged', shows: ({ isMerged }) => isMerged },
    open: { label: 'Verdict open', shows: ({ verdict }) => verdict === 'processing' },
    'not-counted': { label: 'Not counted', shows: ({ counted }) => counted === 'none' },
  },
  renderEmpty: emptyState,
  renderSummary: summarySection,
  renderEvent: eventCard,
  renderRequest: requestCard,
  // A verdict changes without a request.
  getState: (_, view, { now }: { readonly now: () => number }) => `${view}-${Math.floor(now() / 60_000)}`,
});
