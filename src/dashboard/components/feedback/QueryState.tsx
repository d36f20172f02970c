import { Skeleton, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorAlert } from './ErrorStates.tsx';

interface QueryStateProps<T> {
  readonly query: UseQueryResult<T, Error>;
  /** Height of the placeholder. Close to the content's height, to avoid layout shifts. */
  readonly height?: number;
  readonly children: (data: T) => ReactNode;
}

/** Renders a query's data, its error or a placeholder. Data stays visible while the query is refetched. */
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
