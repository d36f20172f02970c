import { Button, Stack, Text } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import type { ActivityRow } from '../../../api/client.ts';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { describeRange } from '../../components/display/range-labels.ts';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { useOwnedSites } from '../../data/queries.ts';
import type { ResolvedRange } from '../../data/range.ts';
import { nameActor } from '../../data/use-activity-marks.ts';
import { useRange } from '../../data/use-range.ts';
import { ActivityFilters } from './ActivityFilters.tsx';
import { ActivityList } from './ActivityList.tsx';
import { type ActivitySearch, toApiSelection, toDownloadLink } from './activity-search.ts';
import { useActivity } from './use-activity.ts';

/** Shows who changed what and when. */
export function ActivityPage() {
  const search = useSearch({ from: '/signed-in/shell/activity' });
  const { isOwner, isOwnerOfAll } = useOwnedSites();
  const range = useRange();
  return (
    <Page
      title="Activity"
      description={
        isOwnerOfAll
          ? 'Who changed what and when. Kept for 400 days, without secrets, values of settings or personal data.'
          : 'Who changed what and when on the sites that you own. Kept for 400 days.'
      }
      actions={
        isOwner && (
          <Button component="a" variant="default" href={toDownloadLink(search, range)} download="activity.jsonl">
            Download JSONL
          </Button>
        )
      }
    >
      {isOwner ? (
        // Other filters begin on the newest page.
        <Entries search={search} range={range} />
      ) : (
        <EmptyState icon="lock" title="Only owners see the activity">
          Ask an owner of the site.
        </EmptyState>
      )}
    </Page>
  );
}

interface EntriesProps {
  readonly search: ActivitySearch;
  readonly range: ResolvedRange;
}

function Entries({ search, range }: EntriesProps) {
  const pages = useActivity(toApiSelection(search, range), JSON.stringify([search, range.range]));
  return (
    <Stack gap="md">
      <ActivityFilters search={search} actors={listActors(pages.query.data?.rows ?? [], search.actor)} />
      <ActivityList pages={pages} empty={`No change ${describeRange(range)}`}>
        {Object.keys(search).length > 0 ? 'Remove a filter, or choose a longer range.' : 'Choose a longer range.'}
      </ActivityList>
      <Text size="xs" c="dimmed">
        <InlineCode text="Each entry has a hash over the one before it. Run `convey activity verify` to check that none was changed or removed." />
      </Text>
    </Stack>
  );
}

/** Returns the actors of the filter: the page's own, those that are no account, and the chosen one. */
function listActors(rows: readonly ActivityRow[], chosen: string | undefined) {
  const all = [
    { actor: 'cli' },
    { actor: 'gateway' },
    { actor: 'file' },
    ...rows,
    ...(chosen === undefined ? [] : [{ actor: chosen }]),
  ];
  const names = new Map<string, string>();
  for (const one of all) if (!names.has(one.actor)) names.set(one.actor, nameActor(one));
  return [...names].map(([value, label]) => ({ value, label }));
}
