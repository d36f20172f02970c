import { Stack, Text } from '@mantine/core';
import type { ConsentChoicesView } from '../../../api/client.ts';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { gatewayClock } from '../../data/gateway-clock.ts';
import { useApiQuery } from '../../data/queries.ts';
import type { ResolvedRange } from '../../data/range.ts';
import { useRange } from '../../data/use-range.ts';
import { useSite } from '../../data/use-site.ts';
import { ChoicesTable } from './ChoicesTable.tsx';
import {
  describeMissing,
  describeUncompared,
  type Earlier,
  listBannerRows,
  listCountryRows,
  summarizeChoices,
} from './consent-choices.ts';

/** Shows the choices that events stated in the range, by country and by banner. */
export function ConsentChoices() {
  const { id } = useSite();
  const range = useRange();
  const { firstDay, lastDay, before } = range;
  const answer = useApiQuery('GET /api/sites/:site/consent', { site: id, since: firstDay, until: lastDay }, { everyMs: 60_000 });
  const earlier = useApiQuery(
    'GET /api/sites/:site/consent',
    { site: id, since: before?.firstDay ?? firstDay, until: before?.lastDay ?? lastDay },
    { enabled: before !== undefined },
  );
  return (
    <QueryState query={answer} height={480}>
      {(view) => <Choices view={view} before={before ? toEarlier(earlier) : 'not-compared'} range={range} />}
    </QueryState>
  );
}

function toEarlier({ data, isError }: { readonly data: ConsentChoicesView | undefined; readonly isError: boolean }): Earlier {
  return data ?? (isError ? 'failed' : 'loading');
}

interface ChoicesProps {
  readonly view: ConsentChoicesView;
  /** The period before. */
  readonly before: Earlier;
  readonly range: ResolvedRange;
}

function Choices({ view, before, range }: ChoicesProps) {
  const notes = [describeMissing(view, gatewayClock.now()), describeUncompared(before)].filter((note) => note !== undefined);
  const [countries, banners] = [listCountryRows(view, before), listBannerRows(view, before)];
  return (
    <Stack gap="lg">
      <Panel
        title="Consent by country"
        description="Events of browsers by the visitor's country, not visitors: who opens more pages counts more. Crawlers are left out."
      >
        {countries.length === 0 ? (
          <EmptyState icon="shield" title={view.isComplete ? 'No browser event in this range' : 'Not counted in this range'}>
            {notes[0] ?? 'Choose a longer range, or check below that the pixel is on your pages.'}
          </EmptyState>
        ) : (
          <Stack gap="md">
            <Text fw={600} role="status">
              {summarizeChoices(view, range)}
            </Text>
            {notes.length > 0 && (
              <Text size="sm" c="dimmed">
                {notes.join(' ')}
              </Text>
            )}
            <div>
              <ChoicesTable title="Country" rows={countries} plural="countries" />
            </div>
          </Stack>
        )}
      </Panel>
      {banners.length > 0 && (
        <Panel
          title="Consent by banner"
          description="Where the choice came from: the banner and its version, if the page names it. Events without a choice may name no banner. Those of your server and your shop system are included."
        >
          <ChoicesTable title="Banner" rows={banners} plural="banners" />
        </Panel>
      )}
    </Stack>
  );
}
