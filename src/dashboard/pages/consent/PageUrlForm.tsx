import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ApiError } from '../../../api/client.ts';
import { removeBackticks } from '../../components/display/format.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { Panel } from '../../components/layout/Panel.tsx';

interface PageUrlFormProps {
  readonly domain: string | undefined;
  readonly error: ApiError | undefined;
  readonly isRunning: boolean;
  /** Called with the URL, or with an empty string to check no page. */
  readonly onRun: (page: string) => void;
}

/** Asks which page of the shop to check. */
export function PageUrlForm({ domain, error, isRunning, onRun }: PageUrlFormProps) {
  const [page, setPage] = useState('');
  const [issue] = error?.issues ?? [];
  return (
    <Panel>
      <Form error={error} onSubmit={() => onRun(page.trim())}>
        <Group align="flex-start" gap="sm">
          <TextInput
            flex="1 1 20rem"
            label="Page URL (optional)"
            description="Fetched once, without cookies or scripts, to check for the snippet and the consent tool."
            placeholder={`https://${domain ?? 'shop.example'}/`}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            type="url"
            value={page}
            onChange={({ currentTarget }) => setPage(currentTarget.value)}
            error={error && removeBackticks(issue?.message ?? error.message)}
          />
          <Button type="submit" mt={{ base: 0, sm: 25 }} loading={isRunning} leftSection={<Icon name="shield" size={16} />}>
            Run the doctor
          </Button>
        </Group>
      </Form>
    </Panel>
  );
}
