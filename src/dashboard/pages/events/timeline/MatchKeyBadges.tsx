import { Badge, Group, Text, Tooltip } from '@mantine/core';
import { matchKeyBadges } from '../event-labels.ts';

/** By what a platform could know the shopper, as badges; which forms there are where the pointer or the focus rests. */
export function KeyTags({ keys }: { readonly keys: readonly string[] }) {
  const tags = matchKeyBadges(keys);
  if (tags.length === 0) return <Text inherit>Nothing that a platform could match</Text>;
  return (
    <Group gap={4}>
      {tags.map(({ key, label, says }) => (
        <Tooltip key={key} label={says}>
          <Badge size="sm" tabIndex={0}>
            {label}
          </Badge>
        </Tooltip>
      ))}
    </Group>
  );
}
