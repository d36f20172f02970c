import { Badge, Stack, Text } from '@mantine/core';
import type { Issue } from '../../../../api/client.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import styles from '../Event.module.css';
import { IssueText } from './IssueText.tsx';
import { type MissingKeys, type PayloadLine, toPayloadLines } from './payload-lines.ts';

interface PayloadTreeProps {
  readonly payload: unknown;
  readonly issues: readonly Issue[];
  /** The match keys that the payload lacks. */
  readonly missing?: MissingKeys;
  readonly label: string;
}

/** Shows a payload field by field, with the issues of each field. */
export function PayloadTree({ payload, issues, missing = [], label }: PayloadTreeProps) {
  const { lines, unplaced } = toPayloadLines(payload, issues, missing);
  return (
    <Stack gap="xs">
      {unplaced.map((issue) => (
        <IssueText key={`${issue.field} ${issue.code} ${issue.message}`} issue={issue} />
      ))}
      {lines.length > 0 && (
        <ul className={styles.lines} aria-label={label}>
          {lines.map((line) => (
            <li key={`${line.path} ${line.kind}`} className={styles.line}>
              <span className={styles.key} style={{ paddingLeft: `${line.depth * 0.875}rem` }}>
                {line.key}
              </span>
              <LineValue line={line} />
              {line.kind === 'absent' && (
                <Text component="div" size="xs" c="dimmed" className={styles.said}>
                  <InlineCode text={line.text} />
                </Text>
              )}
              {line.issues.length > 0 && (
                <div className={styles.said}>
                  {line.issues.map((issue) => (
                    <IssueText key={`${issue.code} ${issue.message}`} issue={issue} namesField={false} />
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

function LineValue({ line: { kind, text } }: { readonly line: PayloadLine }) {
  switch (kind) {
    case 'group':
      return (
        <span>{text === '' ? '' : <Text span c="dimmed" size="xs">{`${text} ${text === '1' ? 'item' : 'items'}`}</Text>}</span>
      );
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
            missing
          </Badge>
        </span>
      );
    case 'value':
      return <span className={styles.value}>{text}</span>;
  }
}
