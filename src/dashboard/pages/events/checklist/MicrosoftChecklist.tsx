import { Text } from '@mantine/core';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import styles from '../Event.module.css';
import type { ChecklistAnswer, ChecklistItem } from './microsoft-checklist.ts';

const answerStyles = {
  yes: { icon: 'check', color: 'green', says: 'Yes' },
  no: { icon: 'cross', color: 'red', says: 'No' },
  wait: { icon: 'clock', color: 'orange', says: 'Not yet' },
  unseen: { icon: 'info', color: 'dimmed', says: 'Cannot be seen from here' },
} as const satisfies Record<ChecklistAnswer, { readonly icon: IconName; readonly color: string; readonly says: string }>;

/** The troubleshooting list, held against this event. */
export function MicrosoftChecklist({
  title,
  checks,
  site,
}: {
  readonly title: string;
  readonly checks: readonly ChecklistItem[];
  readonly site: string;
}) {
  return (
    <Panel title={title} description="The list of the guide, held against this event.">
      <ol className={styles.checks}>
        {checks.map(({ title: what, answer, message: says, guide }) => {
          const { icon, color, says: word } = answerStyles[answer];
          return (
            <li key={what} className={styles.check}>
              <Text span c={color} mt={2}>
                <Icon name={icon} size={17} />
              </Text>
              <div>
                <Text size="sm" fw={600}>
                  {what}
                  <span className="unseen">: {word}</span>
                </Text>
                <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  <InlineCode text={says} />
                  {answer === 'unseen' && ' Cannot be seen from here.'}
                </Text>
                {guide && answer !== 'yes' && (
                  <RouterAnchor
                    size="sm"
                    to="/sites/$site/guides/$guide"
                    params={{ site, guide: guide.slug }}
                    {...(guide.hash !== undefined && { hash: guide.hash })}
                  >
                    What to do<span className="unseen">: {what}</span>
                  </RouterAnchor>
                )}
              </div>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
