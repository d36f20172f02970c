import { Alert, Badge, Button, Code, Group, JsonInput, Loader, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { HookPreviewView } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { ScrollTable } from '../../../components/layout/ScrollTable.tsx';

interface HookPreviewProps {
  readonly preview: HookPreviewView | undefined;
  readonly error: Error | null;
  /** The body to try, as JSON. Empty: the last request. */
  readonly body: string;
  readonly isBodyValid: boolean;
  readonly onBody: (body: string) => void;
  /** Adds a field with the place. Undefined if the mapping cannot be changed. */
  readonly onUse: ((at: string) => void) | undefined;
}

const badges = {
  waiting: ['gray', 'Waiting for a request'],
  accepted: ['green', 'Would be accepted'],
  ignored: ['gray', 'Would be ignored'],
  rejected: ['red', 'Would be rejected'],
  unreadable: ['red', 'No JSON object'],
} as const satisfies Readonly<Record<HookPreviewView['state'], readonly [string, string]>>;

/** Shows the event that the last request would make with the mapping as it is edited. */
export function HookPreview({ preview, error, body, isBodyValid, onBody, onUse }: HookPreviewProps) {
  const [isOwn, setIsOwn] = useState(false);
  const [color, label] = badges[preview?.state ?? 'waiting'];
  return (
    <Panel
      title="Preview"
      description="The event of the last request. Nothing is stored."
      actions={preview ? <Badge color={color}>{label}</Badge> : <Loader size="xs" />}
    >
      <Stack gap="md">
        {error && <ErrorAlert error={error} />}
        {preview && <Result preview={preview} />}
        {preview && preview.places.length > 0 && <Places places={preview.places} onUse={onUse} />}
        {isOwn ? (
          <JsonInput
            label="Body to try"
            description="The example of the service's documentation. It is sent to this gateway only, and not stored."
            placeholder='{"type": "order.paid"}'
            autosize
            minRows={4}
            maxRows={16}
            value={body}
            onChange={onBody}
            error={isBodyValid ? undefined : 'Must be a JSON object in braces.'}
          />
        ) : (
          <Group>
            <Button size="xs" variant="default" leftSection={<Icon name="code" size={14} />} onClick={() => setIsOwn(true)}>
              Paste an example
            </Button>
          </Group>
        )}
      </Stack>
    </Panel>
  );
}

function Result({ preview: { state, receivedAt, fields, issues } }: { readonly preview: HookPreviewView }) {
  if (state === 'waiting')
    return (
      <Text size="sm" c="dimmed">
        Send a test request from the service, or paste an example. A request of up to 64 KiB is kept only while this page is open:
        in memory, for an hour at most. Earlier ones are gone.
      </Text>
    );
  return (
    <Stack gap="sm">
      {receivedAt !== undefined && (
        <Text size="sm" c="dimmed">
          Last request <Timestamp at={receivedAt} as="ago" />
        </Text>
      )}
      {state === 'ignored' && <Text size="sm">No event of the mapping fits this request.</Text>}
      {state === 'unreadable' && <Text size="sm">The body is no JSON object, so no place can be read.</Text>}
      {issues.length > 0 && (
        <Alert color={state === 'rejected' ? 'red' : 'yellow'} icon={<Icon name="warn" />} title="Check these fields">
          <Stack gap={4}>
            {issues.map(({ field, code, message }) => (
              <Text size="sm" key={`${field} ${code}`}>
                {field !== '' && <Code>{field}</Code>} <InlineCode text={message} />
              </Text>
            ))}
          </Stack>
        </Alert>
      )}
      {fields.length > 0 && (
        <ScrollTable label="Event of the preview, table" minWidth={240}>
          <Table aria-label="Event of the preview" layout="fixed">
            <Table.Tbody>
              {fields.map(({ field, value, isPersonal }) => (
                <Table.Tr key={field}>
                  <Table.Th scope="row" fw={400} w="45%" style={{ overflowWrap: 'anywhere' }}>
                    <Code>{field}</Code>
                  </Table.Th>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>
                    {isPersonal ? (
                      <Text size="sm" c="dimmed" span>
                        {value}
                      </Text>
                    ) : (
                      value
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollTable>
      )}
    </Stack>
  );
}

const firstPlaces = 12;
/** A few more places are shown at once. */
const mostAtOnce = 15;

function Places({ places, onUse }: { readonly places: HookPreviewView['places']; readonly onUse: HookPreviewProps['onUse'] }) {
  const [showsAll, setShowsAll] = useState(false);
  const isLong = places.length > mostAtOnce;
  const shown = showsAll || !isLong ? places : places.slice(0, firstPlaces);
  return (
    <Stack gap="xs">
      <Title order={3}>Places in the body</Title>
      <ScrollTable label="Places in the body, table" minWidth={260}>
        <Table aria-label="Places in the body" layout="fixed">
          <Table.Tbody>
            {shown.map(({ at, value, isMasked }) => (
              <Table.Tr key={at}>
                <Table.Th scope="row" fw={400} w="45%" style={{ overflowWrap: 'anywhere' }}>
                  <Code>{at}</Code>
                </Table.Th>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  <Text size="sm" span {...(isMasked && { c: 'dimmed' })}>
                    {value}
                  </Text>
                </Table.Td>
                {onUse && (
                  <Table.Td w={64} ta="right">
                    <Button size="compact-xs" variant="default" aria-label={`Use ${at}`} onClick={() => onUse(at)}>
                      Use
                    </Button>
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollTable>
      {isLong && (
        <Group>
          <Button size="xs" variant="default" onClick={() => setShowsAll(!showsAll)} aria-expanded={showsAll}>
            {showsAll ? 'Show fewer' : `Show all ${places.length}`}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
