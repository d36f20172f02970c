import { Skeleton, Stack } from '@mantine/core';
import { Page } from '../../../components/layout/Page.tsx';

/** The placeholder of the overview until all data is loaded, because partial data would give a wrong status. */
export function OverviewSkeleton() {
  return (
    <Page title="Overview">
      <Stack role="status" aria-label="Loading">
        <Skeleton height={200} />
        <Skeleton height={640} />
      </Stack>
    </Page>
  );
}
