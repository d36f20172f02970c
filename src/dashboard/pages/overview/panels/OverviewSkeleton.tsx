import { Skeleton, Stack } from '@mantine/core';
import { Page } from '../../../components/layout/Page.tsx';

/** Until everything is there that the answer is made of; half of it would be a wrong answer. */
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
