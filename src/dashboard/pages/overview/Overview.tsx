import { Skeleton, Stack } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { Refused } from '../../parts/Fault.tsx';
import { Page } from '../../parts/Page.tsx';
import { ManySites } from './ManySites.tsx';
import { OneSite } from './OneSite.tsx';
import { useFacts } from './use-overview.ts';
import { Welcome } from './Welcome.tsx';

/** The first page: is it working? */
export function Overview() {
  const { facts, error, retry } = useFacts();
  const { site: asked } = useSearch({ from: '/signed-in/shell/' });
  if (!facts)
    return (
      <Page title="Overview">
        {error ? (
          <Refused error={error} onRetry={retry} />
        ) : (
          <Stack role="status" aria-label="Loading">
            <Skeleton height={112} />
            <Skeleton height={420} />
          </Stack>
        )}
      </Page>
    );
  const { sites } = facts;
  const site = sites.length === 1 ? sites[0] : sites.find(({ id }) => id === asked);
  if (sites.length === 0) return <Welcome status={facts.status} />;
  return site ? <OneSite key={site.id} site={site} facts={facts} error={error} /> : <ManySites facts={facts} error={error} />;
}
