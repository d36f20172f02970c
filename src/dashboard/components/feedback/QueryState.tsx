import { Skeleton, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useCallback, useRef } from 'react';
import { ErrorAlert } from './ErrorStates.tsx';

interface QueryStateProps<T> {
  readonly query: UseQueryResult<T, Error>;
  /** Height of the first placeholder. Close to the content's height, to avoid layout shifts. */
  readonly height?: number;
  readonly children: (data: T) => ReactNode;
}

/** Renders a query's data, its error or a placeholder. Data stays visible while the query is refetched. */
export function QueryState<T>({ query, height = 160, children }: QueryStateProps<T>) {
  const { data, error, refetch } = query;
  if (data === undefined && error) return <ErrorAlert error={error} onRetry={refetch} />;
  return (
    <KeptHeight isLoading={data === undefined} height={height}>
      {() => data !== undefined && children(data)}
    </KeptHeight>
  );
}

interface KeptHeightProps {
  readonly isLoading: boolean;
  /** Height of the first placeholder. */
  readonly height: number;
  /** Returns the content once it is loaded. */
  readonly children: () => ReactNode;
}

/** Renders content that is loaded anew, for example for another range. Its placeholder is as high as the content was before. */
export function KeptHeight({ isLoading, height, children }: KeptHeightProps) {
  const shown = useRef(height);
  const measure = useCallback((content: HTMLDivElement | null) => {
    if (!content) return undefined;
    const observer = new ResizeObserver(() => {
      shown.current = content.getBoundingClientRect().height;
    });
    observer.observe(content);
    return () => observer.disconnect();
  }, []);
  if (isLoading) return <LoadingState height={shown.current} />;
  return (
    <div ref={measure} className="kept">
      {children()}
    </div>
  );
}

export function LoadingState({ height }: { readonly height: number }) {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      <Skeleton height={height} radius="md" />
    </Stack>
  );
}
