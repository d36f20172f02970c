import { Collapse, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useId } from 'react';
import { pluralize } from '../display/format.ts';
import { Icon } from '../display/Icon.tsx';
import { Timestamp } from '../display/Timestamp.tsx';
import type { ChartMark } from './chart-data.ts';

/** Lists the marks of a chart, which a keyboard and a screen reader cannot reach in the drawing. */
export function MarkList({ marks, title }: { readonly marks: readonly ChartMark[]; readonly title: string }) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const id = useId();
  if (marks.length === 0) return null;
  return (
    <div>
      <UnstyledButton onClick={toggle} aria-expanded={isOpen} aria-controls={id} py={4}>
        <Text size="xs" span style={{ display: 'inline-flex', alignItems: 'center', gap: 6 }}>
          <span aria-hidden className="mark-sign" />
          {pluralize(marks.length, 'change')}
          <span className="unseen"> in {title}</span>
          <Icon name={isOpen ? 'down' : 'right'} size={14} />
        </Text>
      </UnstyledButton>
      <Collapse expanded={isOpen} id={id}>
        <Stack component="ol" gap={4} m={0} p={0} pt={4} style={{ listStyle: 'none' }}>
          {marks.map(({ id: key, at, text, actor }) => (
            <Text key={key} component="li" size="xs" style={{ overflowWrap: 'anywhere' }}>
              <Timestamp at={at} />{' '}
              <Text span inherit fw={600}>
                {actor}
              </Text>{' '}
              {text}
            </Text>
          ))}
        </Stack>
      </Collapse>
    </div>
  );
}
