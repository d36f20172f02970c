import { Badge, Group, Text, Tooltip } from '@mantine/core';
import { getMatchKeyBadges } from '../event-labels.ts';

/** By what a platform could know the shopper, as badges; which forms there are where the pointer or the focus rests. */
export function MatchKeyBadges({ keys }: { readonly keys: readonly string[] }) {
  const tags = getMatchKeyBadges(keys);
  if (tags.length === 0) return <Text inherit>Nothing that a platform could match</Text>;
  return (
    <Group gap={4}>
      {tags.map(({ key, label, description }) => (
        <Tooltip key={key} label={description}>
          <Badge size="sm" tabIndex={0}>
            {label}
          </Badge>
        </Tooltip>
      ))}
    </Group>
  );
}
