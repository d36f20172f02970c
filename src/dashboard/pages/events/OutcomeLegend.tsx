import { Button, Modal, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { outcomeNames, outcomeSentence } from '../../../api/client.ts';
import { Icon } from '../../parts/Icon.tsx';
import { AnchorTo } from '../../parts/links.tsx';
import { OutcomeBadge } from '../../parts/OutcomeBadge.tsx';
import { useSite } from '../../shell/SiteScope.tsx';

/** Every outcome and every reason of a skip: what it means, what to do, and the events that came to it. */
export function OutcomeLegend() {
  const [isOpen, { open, close }] = useDisclosure(false);
  const { id: site } = useSite();
  return (
    <>
      <Button variant="default" leftSection={<Icon name="info" size={16} />} onClick={open}>
        What outcomes mean
      </Button>
      <Modal opened={isOpen} onClose={close} size="xl" title="What outcomes mean" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            A skip is no failure: nothing is wrong with the event, and it was rightly not sent.
          </Text>
          <Table.ScrollContainer minWidth={300}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Outcome</Table.Th>
                  <Table.Th>What it means, and what to do</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {outcomeNames.map((outcome) => (
                  <Table.Tr key={outcome}>
                    <Table.Td valign="top">
                      <OutcomeBadge outcome={outcome} />
                    </Table.Td>
                    <Table.Td>
                      <Text size="sm">{outcomeSentence(outcome)}</Text>
                      <AnchorTo
                        size="sm"
                        to="/sites/$site/events"
                        params={{ site }}
                        search={{ outcome: [outcome] }}
                        onClick={close}
                        aria-label={`Show the events that came to ${outcome}`}
                      >
                        Show them
                      </AnchorTo>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Stack>
      </Modal>
    </>
  );
}
