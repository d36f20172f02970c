import { Box, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import styles from '../Event.module.css';

interface TimelineStepProps {
  readonly icon: IconName;
  readonly tone?: 'good' | 'bad' | undefined;
  readonly title: ReactNode;
  readonly at?: number;
  readonly aside?: ReactNode;
  readonly children?: ReactNode;
}

/** One boundary that the event crossed. */
export function TimelineStep({ icon, tone, title, at, aside, children }: TimelineStepProps) {
  return (
    <li className={styles.step}>
      <Group justify="space-between" gap="xs" mih={28} mb={6}>
        <Group gap="xs">
          <span className={styles.mark} data-tone={tone}>
            <Icon name={icon} size={15} />
          </span>
          <Title order={2} size="h4">
            {title}
          </Title>
          {at !== undefined && (
            <Text size="sm" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
              <Timestamp at={at} />
            </Text>
          )}
        </Group>
        {aside}
      </Group>
      <Box>{children}</Box>
    </li>
  );
}

/** Names and what they are, in two columns. */
export function DetailList({ of }: { readonly of: readonly (readonly [name: string, what: ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {of.map(([name, what]) => (
        <DetailRow key={name} name={name} what={what} />
      ))}
    </dl>
  );
}

function DetailRow({ name, what }: { readonly name: string; readonly what: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{what}</dd>
    </>
  );
}
