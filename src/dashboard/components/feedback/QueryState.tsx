import { Skeleton, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorAlert } from './ErrorStates.tsx';

interface QueryStateProps<T> {
  readonly query: UseQueryResult<T, Error>;
  /** Of about the height of what comes, so that nothing jumps. */
  readonly height?: number;
  readonly children: (data: T) => ReactNode;
}

/** What was asked for, or that it is on its way, or why it did not come. What came once stays while it is asked anew. */
export function QueryState<T>({ query, height = 160, children }: QueryStateProps<T>) {
  const { data, error, refetch } = query;
  if (data !== undefined) return children(data);
  if (error) return <ErrorAlert error={error} onRetry={refetch} />;
  return <LoadingState height={height} />;
}

export function LoadingState({ height }: { readonly height: number }) {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      <Skeleton height={height} radius="md" />
    </Stack>
  );
}
