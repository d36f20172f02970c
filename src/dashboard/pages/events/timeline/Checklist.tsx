import { Stack, Text } from '@mantine/core';
import { type CheckView, isAdjustedOutcome, type TimelineView } from '../../../../api/client.ts';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useConnectionNames } from '../../../data/use-destination.ts';
import styles from '../Event.module.css';

const answerStyles = {
  yes: { icon: 'check', color: 'green', label: 'Yes' },
  no: { icon: 'cross', color: 'red', label: 'No' },
  wait: { icon: 'clock', color: 'orange', label: 'Not yet' },
  unseen: { icon: 'info', color: 'dimmed', label: 'Unknown' },
  skip: { icon: 'info', color: 'dimmed', label: 'Skipped' },
} as const satisfies Record<CheckView['answer'], { readonly icon: IconName; readonly color: string; readonly label: string }>;

interface ChecklistsProps {
  readonly site: string;
  /** Distinguishes the event from others with the same id. */
  readonly name: string | undefined;
  /** The connections that have checks. */
  readonly deliveries: TimelineView['connections'];
  /** The connection of the list that led to the event. */
  readonly asked: string | undefined;
}

const description = 'The checks of the troubleshooting guide, for this event.';

/** Shows each platform's troubleshooting checklist for this event. Of several platforms, only the asked one, or that of a problem, is open. */
export function Checklists({ site, name, deliveries, asked }: ChecklistsProps) {
  const names = useConnectionNames();
  const suffix = name === undefined ? '' : ` (${name})`;
  const [only, ...others] = deliveries;
  if (!only) return null;
  if (others.length === 0)
    return (
      <Panel title={`Why is this event not in ${only.platform}?${suffix}`} description={description}>
        <Checks site={site} checks={only.checks} />
      </Panel>
    );
  const problem =
    deliveries.find(({ connection }) => connection === asked) ??
    deliveries.find(({ outcome }) => outcome === 'dead') ??
    deliveries.find(({ outcome }) => outcome !== 'delivered' && !isAdjustedOutcome(outcome));
  return (
    <Panel title={`Why is this event not in a platform?${suffix}`} description={description}>
      <Stack gap="sm">
        {deliveries.map(({ connection, checks }) => (
          <details key={connection} open={connection === (problem ?? only).connection}>
            <Text component="summary" size="sm" fw={600} style={{ cursor: 'pointer' }}>
              {names[connection] ?? connection}
            </Text>
            <Checks site={site} checks={checks} />
          </details>
        ))}
      </Stack>
    </Panel>
  );
}

function Checks({ checks, site }: { readonly checks: readonly CheckView[]; readonly site: string }) {
  return (
    <ol className={styles.checks}>
      {checks.map(({ title: check, answer, message, guide }) => {
        const { icon, color, label } = answerStyles[answer];
        return (
          <li key={check} className={styles.check}>
            <Text span c={color} mt={2}>
              <Icon name={icon} size={17} />
            </Text>
            <div>
              <Text size="sm" fw={600}>
                {check}
                <span className="unseen">: {label}</span>
              </Text>
              <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                <InlineCode text={message} />
                {answer === 'unseen' && ' Convey cannot check this.'}
              </Text>
              {guide && answer !== 'yes' && (
                <RouterAnchor
                  size="sm"
                  to="/sites/$site/guides/$guide"
                  params={{ site, guide: guide.slug }}
                  {...(guide.hash !== undefined && { hash: guide.hash })}
                >
                  {answer === 'no' ? 'How to fix it' : 'Learn more'}
                  <span className="unseen">: {check}</span>
                </RouterAnchor>
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
