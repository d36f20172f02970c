import { Skeleton, Stack } from '@mantine/core';
import { Page } from '../../../components/layout/Page.tsx';

/** The placeholder of the overview until all data is loaded, because partial data would give a wrong status. */
export function OverviewSkeleton() {
  return (
    <Page title="Overview">
      <Stack role="status" aria-label="Loading">
        <Skeleton height={110} />
        <Skeleton height={132} />
        <Skeleton height={360} />
        <Skeleton height={240} />
      </Stack>
    </Page>
  );
}
