import { Badge, Stack, Text } from '@mantine/core';
import type { Issue } from '../../../../api/client.ts';
import { Marked } from '../../../components/display/InlineCode.tsx';
import styles from '../Event.module.css';
import { Said } from './IssueText.tsx';
import { type Known, type Line, payloadLines } from './payload-lines.ts';

interface PayloadTreeProps {
  readonly payload: unknown;
  readonly issues: readonly Issue[];
  readonly known: Known;
  readonly label: string;
}

/** What was sent, or what came, field by field, with what was said of each beside it. */
export function PayloadTree({ payload, issues, known, label }: PayloadTreeProps) {
  const { lines, unplaced } = payloadLines(payload, issues, known);
  return (
    <Stack gap="xs">
      {unplaced.map((issue) => (
        <Said key={`${issue.field} ${issue.code} ${issue.message}`} issue={issue} />
      ))}
      {lines.length > 0 && (
        <ul className={styles.lines} aria-label={label}>
          {lines.map((line) => (
            <li key={`${line.path} ${line.kind}`} className={styles.line}>
              <span className={styles.key} style={{ paddingLeft: `${line.depth * 0.875}rem` }}>
                {line.key}
              </span>
              <Value line={line} />
              {line.issues.length > 0 && (
                <div className={styles.said}>
                  {line.issues.map((issue) => (
                    <Said key={`${issue.code} ${issue.message}`} issue={issue} namesField={false} />
                  ))}
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </Stack>
  );
}

function Value({ line: { kind, text } }: { readonly line: Line }) {
  switch (kind) {
    case 'group':
      return <span>{text === '' ? '' : <Text span c="dimmed" size="xs">{`${text} in the list`}</Text>}</span>;
    case 'identity':
      return (
        <span>
          <Badge size="sm">{text}</Badge>
        </span>
      );
    case 'absent':
      return (
        <span>
          <Badge size="sm" color="gray">
            absent
          </Badge>{' '}
          <Text span size="xs" c="dimmed">
            <Marked text={text} />
          </Text>
        </span>
      );
    case 'value':
      return <span className={styles.value}>{text}</span>;
  }
}
