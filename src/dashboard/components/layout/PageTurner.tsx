import { Button, Group } from '@mantine/core';
import type { PageTurns } from '../../data/use-pages.ts';
import { Icon } from '../display/Icon.tsx';

/** Turns the pages of a list, the newest first. Shows nothing if there is one page. */
export function PageTurner({ showNewer, showOlder }: PageTurns) {
  if (!showNewer && !showOlder) return null;
  return (
    <Group justify="center" gap="xs">
      <Button variant="default" disabled={!showNewer} leftSection={<Icon name="left" size={14} />} onClick={showNewer}>
        Newer
      </Button>
      <Button variant="default" disabled={!showOlder} rightSection={<Icon name="right" size={14} />} onClick={showOlder}>
        Older
      </Button>
    </Group>
  );
}
