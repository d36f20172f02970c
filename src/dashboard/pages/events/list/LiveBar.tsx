import { Button, Group, Text } from '@mantine/core';
import { formatInteger, pluralize } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import styles from '../Events.module.css';
import { hasTooManyHeld } from './event-list-state.ts';
import type { LiveEventList } from './use-event-list.ts';

interface LiveBarProps {
  readonly live: LiveEventList;
  readonly isFiltered: boolean;
  /** Whether the range ends now. */
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  readonly onPause: (isPaused: boolean) => void;
  readonly onShow: () => void;
}

/** Shows whether the list is live and how many new events are held back, with a pause button. */
export function LiveBar({ live, isFiltered, isRunning, isPaused, onPause, onShow }: LiveBarProps) {
  const { list, stream, isStale } = live;
  const isAway = isStale || (!isFiltered && stream === 'away');
  const state = !isRunning
    ? 'past'
    : isPaused
      ? 'paused'
      : isAway
        ? 'away'
        : isFiltered || stream === 'live'
          ? 'live'
          : 'opening';
  const label = {
    past: 'Not live: the range is over',
    paused: 'Paused',
    away: isStale ? 'Not up to date, retrying' : 'Not live, updates every 3 s',
    live: isFiltered ? 'Live, updates every 3 s' : 'Live',
    opening: 'Connecting',
  }[state];
  const news = hasTooManyHeld(list) ? `over ${formatInteger(1_000)} new events` : pluralize(list.held.length, 'new event');
  return (
    <div className={styles.bar}>
      <Group gap={8} wrap="nowrap" role="status">
        <span className={styles.dot} data-state={state} aria-hidden />
        <Text size="sm" fw={600}>
          {label}
        </Text>
      </Group>
      <Text size="sm" c="dimmed">
        {formatInteger(list.shown.length)} shown
      </Text>
      <Group gap="xs" ml="auto" justify="flex-end">
        {list.held.length > 0 && (
          <Button size="xs" onClick={onShow}>
            Show {news}
          </Button>
        )}
        {isRunning && (
          <Button
            size="xs"
            variant="default"
            leftSection={<Icon name={isPaused ? 'play' : 'pause'} size={14} />}
            onClick={() => onPause(!isPaused)}
          >
            {isPaused ? 'Resume' : 'Pause'}
          </Button>
        )}
      </Group>
    </div>
  );
}
