import { Button, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { outcomeNames, outcomeSentence } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { OutcomeBadge } from '../../../components/display/OutcomeBadge.tsx';
import { outcomeLabels } from '../../../components/display/outcome-labels.ts';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useSite } from '../../../data/use-site.ts';
import styles from '../Events.module.css';

/** Explains every outcome and skip reason, with links to the events. */
export function OutcomeLegend() {
  const [isOpen, { open, close }] = useDisclosure(false);
  const { id: site } = useSite();
  return (
    <>
      <Button variant="default" leftSection={<Icon name="info" size={16} />} onClick={open}>
        Outcome guide
      </Button>
      <Modal opened={isOpen} onClose={close} size="xl" title="Outcome guide">
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            A skipped event is valid and was intentionally not sent. Skips are not errors.
          </Text>
          <ul className={styles.legend}>
            {outcomeNames.map((outcome) => (
              <li key={outcome}>
                <OutcomeBadge outcome={outcome} />
                <div>
                  <Text size="sm">
                    <InlineCode text={outcomeSentence(outcome)} />
                  </Text>
                  <RouterAnchor
                    size="sm"
                    to="/sites/$site/events"
                    params={{ site }}
                    search={{ outcome: [outcome] }}
                    onClick={close}
                  >
                    View events<span className="unseen">: {outcomeLabels[outcome]}</span>
                  </RouterAnchor>
                </div>
              </li>
            ))}
          </ul>
        </Stack>
      </Modal>
    </>
  );
}
