import { Box, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { When } from '../../../components/display/Timestamp.tsx';
import styles from '../Event.module.css';

interface StepProps {
  readonly icon: IconName;
  readonly tone?: 'good' | 'bad' | undefined;
  readonly title: ReactNode;
  readonly at?: number;
  readonly aside?: ReactNode;
  readonly children?: ReactNode;
}

/** One boundary that the event crossed. */
export function Step({ icon, tone, title, at, aside, children }: StepProps) {
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
              <When at={at} />
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
export function FactList({ of }: { readonly of: readonly (readonly [name: string, what: ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {of.map(([name, what]) => (
        <FactRow key={name} name={name} what={what} />
      ))}
    </dl>
  );
}

function FactRow({ name, what }: { readonly name: string; readonly what: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{what}</dd>
    </>
  );
}
