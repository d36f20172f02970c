import { Text } from '@mantine/core';
import type { CheckView } from '../../../../api/client.ts';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import styles from '../Event.module.css';

const answerStyles = {
  yes: { icon: 'check', color: 'green', label: 'Yes' },
  no: { icon: 'cross', color: 'red', label: 'No' },
  wait: { icon: 'clock', color: 'orange', label: 'Not yet' },
  unseen: { icon: 'info', color: 'dimmed', label: 'Unknown' },
} as const satisfies Record<CheckView['answer'], { readonly icon: IconName; readonly color: string; readonly label: string }>;

/** Shows the platform's troubleshooting checklist for this event. */
export function Checklist({
  title,
  checks,
  site,
}: {
  readonly title: string;
  readonly checks: readonly CheckView[];
  readonly site: string;
}) {
  return (
    <Panel title={title} description="The checks of the troubleshooting guide, for this event.">
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
    </Panel>
  );
}
