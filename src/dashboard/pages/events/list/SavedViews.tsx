import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ApiResponse } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { DialogButtons } from '../../../components/forms/DialogButtons.tsx';
import { Form } from '../../../components/forms/Form.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery, useHasRole } from '../../../data/queries.ts';
import { formatSearch, parseSearch } from '../../../data/search-params.ts';
import { useSite } from '../../../data/use-site.ts';
import { countFilters, type EventSearch, parseEventSearch } from '../filters/event-search.ts';

const refreshes = ['GET /api/sites/:site/views'] as const;

/** Returns the query part of filters, without a range that an earlier version saved. */
const writeFilters = (params: Readonly<Record<string, unknown>>) => formatSearch({ ...parseEventSearch(params) }).slice(1);

/** The saved views of the site, which all its accounts share. */
export function SavedViews({ search }: { readonly search: EventSearch }) {
  const { id: site } = useSite();
  const navigate = useNavigate();
  const isEditor = useHasRole('editor');
  const { data, error, isPending } = useApiQuery('GET /api/sites/:site/views', { site });
  const views = data?.views ?? [];
  const [isSaving, dialog] = useDisclosure(false);
  const query = writeFilters({ ...search });
  const current = views.find((view) => writeFilters(parseSearch(view.query)) === query);
  return (
    <Group gap="xs">
      <Menu position="bottom-start" withinPortal>
        <Menu.Target>
          <Button size="xs" variant="default" rightSection={<Icon name="down" size={14} />}>
            {current ? (
              <Text span inherit truncate maw={160} title={current.name}>
                {current.name}
              </Text>
            ) : (
              'Saved views'
            )}
          </Button>
        </Menu.Target>
        <Menu.Dropdown maw={320}>
          {isPending && <Menu.Label role="status">Saved views are being loaded.</Menu.Label>}
          {error && <Menu.Label>Saved views could not be loaded.</Menu.Label>}
          {data && views.length === 0 && <Menu.Label>No saved views yet.</Menu.Label>}
          {views.map((view) => (
            <Menu.Item
              key={view.id}
              onClick={() =>
                void navigate({ to: '/sites/$site/events', params: { site }, search: parseEventSearch(parseSearch(view.query)) })
              }
            >
              <Text size="sm" truncate title={`${view.name}, saved by ${view.by}`}>
                {view.name}
              </Text>
            </Menu.Item>
          ))}
          {isEditor && (
            <>
              <Menu.Divider />
              <Menu.Item disabled={countFilters(search) === 0} onClick={dialog.open}>
                Save this view
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {current && isEditor && <DeleteView key={current.id} site={site} view={current} />}
      <Modal opened={isSaving} onClose={dialog.close} title="Save this view">
        <SaveView site={site} query={query} onDone={dialog.close} />
      </Modal>
    </Group>
  );
}

type SavedView = ApiResponse<'GET /api/sites/:site/views'>['views'][number];

function DeleteView({ site, view: { id, name, by } }: { readonly site: string; readonly view: SavedView }) {
  const [isAsking, dialog] = useDisclosure(false);
  const removing = useApiMutation(() => callApi('DELETE /api/sites/:site/views/:view', { site, view: id }), { refreshes });
  return (
    <>
      <ActionIcon variant="default" size={30} aria-label={`Delete view: ${name}`} onClick={dialog.open}>
        <Icon name="trash" size={14} />
      </ActionIcon>
      <ConfirmDialog
        opened={isAsking}
        onClose={dialog.close}
        title={`Delete the view “${name}”?`}
        label="Delete view"
        isDestructive
        mutation={removing}
        onConfirm={() => removing.mutate(undefined)}
      >
        All accounts of this site share the view, which {by} saved, and lose it. No event is deleted.
      </ConfirmDialog>
    </>
  );
}

function SaveView({ site, query, onDone }: { readonly site: string; readonly query: string; readonly onDone: () => void }) {
  const [name, setName] = useState('');
  const saving = useApiMutation(() => callApi('POST /api/sites/:site/views', { site }, { name: name.trim(), query }), {
    refreshes,
    onDone,
  });
  return (
    <Form error={saving.error} onSubmit={() => saving.mutate(undefined)}>
      <Stack>
        <TextInput
          label="Name"
          description="All accounts of this site see the view. It keeps the filters, not the range. A view with the same name is replaced."
          required
          maxLength={60}
          data-autofocus
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        {saving.error && <ErrorAlert error={saving.error} />}
        <DialogButtons label="Save view" isPending={saving.isPending} isDisabled={name.trim() === ''} onCancel={onDone} />
      </Stack>
    </Form>
  );
}
