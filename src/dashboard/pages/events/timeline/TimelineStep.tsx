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

/** One step in the life of an event. */
export function TimelineStep({ icon, tone, title, at, aside, children }: TimelineStepProps) {
  return (
    <li className={styles.step}>
      <Group justify="space-between" gap="xs" mih={28} mb={6}>
        <Group gap="xs" wrap="nowrap" align="flex-start">
          <span className={styles.mark} data-tone={tone}>
            <Icon name={icon} size={15} />
          </span>
          <Group gap="0 0.625rem" mih={28}>
            <Title order={2} size="h4">
              {title}
            </Title>
            {at !== undefined && (
              <Text size="sm" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
                <Timestamp at={at} />
              </Text>
            )}
          </Group>
        </Group>
        {aside}
      </Group>
      <Box>{children}</Box>
    </li>
  );
}

/** A list of names and values in two columns. */
export function DetailList({ items }: { readonly items: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {items.map(([name, value]) => (
        <DetailRow key={name} name={name} value={value} />
      ))}
    </dl>
  );
}

function DetailRow({ name, value }: { readonly name: string; readonly value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
