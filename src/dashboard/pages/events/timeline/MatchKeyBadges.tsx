import { Badge, Group, Text, Tooltip } from '@mantine/core';
import { getMatchKeyBadges } from '../event-labels.ts';

/** Shows the match keys of an event as badges, with their forms in tooltips. */
export function MatchKeyBadges({ keys }: { readonly keys: readonly string[] }) {
  const tags = getMatchKeyBadges(keys);
  if (tags.length === 0) return <Text inherit>None</Text>;
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
