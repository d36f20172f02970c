import { Text } from '@mantine/core';
import { formatShare, getShareTrend, type Share } from './trends.ts';

interface ShareCellProps {
  readonly share: Share | undefined;
  /** The same share in the period before. Undefined if it is not compared. */
  readonly before: Share | undefined;
}

/** Shows a share in a cell of a table, and below it the change against the period before. */
export function ShareCell({ share, before }: ShareCellProps) {
  const trend = getShareTrend(share, before);
  return (
    <>
      {formatShare(share)}
      {trend && trend.direction !== 'same' && (
        <Text size="xs" c="dimmed" title="Against the period before">
          {trend.direction === 'up' ? '▲' : '▼'} {trend.text}
        </Text>
      )}
    </>
  );
}
