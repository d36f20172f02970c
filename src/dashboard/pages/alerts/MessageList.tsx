import { Table, Text } from '@mantine/core';
import type { AlertsView } from '../../../api/client.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { Panel } from '../../components/layout/Panel.tsx';

type Message = AlertsView['messages'][number];

/** The newest messages, and what became of them. Renders nothing if there are none. */
export function MessageList({ messages }: { readonly messages: readonly Message[] }) {
  if (messages.length === 0) return null;
  return (
    <Panel title="Messages" description="The newest 50, of the last 35 days.">
      <Table className="stacked">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Message</Table.Th>
            <Table.Th>Channel</Table.Th>
            <Table.Th>Created</Table.Th>
            <Table.Th>State</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {messages.map((message) => (
            <Table.Tr key={`${message.id} ${message.channel}`}>
              <Table.Td className="whole">{message.title}</Table.Td>
              <Table.Td>{message.channel}</Table.Td>
              <Table.Td>
                <Timestamp at={message.createdAt} as="ago" />
              </Table.Td>
              <Table.Td className="whole">
                {describeState(message)}
                {message.problem !== undefined && (
                  <Text size="xs" c="dimmed">
                    {message.problem}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function describeState({ state, tries }: Message): string {
  switch (state) {
    case 'sent':
      return 'Sent';
    case 'failed':
      return 'Not sent';
    case 'unclear':
      return 'Unknown whether it arrived';
    default:
      return tries === 0 ? 'Waiting' : `Waiting, tried ${tries} ${tries === 1 ? 'time' : 'times'}`;
  }
}
