import { Button, List, Stack, Text, TextInput } from '@mantine/core';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { Copyable } from '../../../components/display/Copyable.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Form } from '../../../components/forms/Form.tsx';
import { getFieldError, getFieldIssues } from '../../../components/forms/field-errors.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { formatPixelUrl, formatSnippet, parseCollectorUrl } from './install-snippet.ts';

interface SnippetPanelProps {
  readonly site: SiteSettingsView;
  readonly typed: string;
  readonly onType: (typed: string) => void;
}

/** Shows the pixel snippet. Asks for the public URL if the gateway does not know it. */
export function SnippetPanel({ site, typed, onType }: SnippetPanelProps) {
  const { url, isGuess } = site.pixel;
  const collector = parseCollectorUrl(typed);
  const guide = { site: site.id, guide: 'add-the-pixel' };
  return (
    <Panel title="Pixel snippet" description="Paste this line into the head of every page, as early as possible.">
      <Stack>
        <Copyable label="Snippet code" text={formatSnippet(collector === undefined ? url : formatPixelUrl(collector, url))} />
        {isGuess && <PublicUrlForm site={site} typed={typed} onType={onType} collector={collector} />}
        <List size="sm" spacing={4}>
          <List.Item>Page views are tracked automatically. Call convey for all other events, starting with purchases.</List.Item>
          <List.Item>
            If the pixel does not support your consent tool, pass the shopper's choice yourself. To check, run{' '}
            <RouterAnchor to="/sites/$site/consent" params={{ site: site.id }} inherit underline="always">
              the consent doctor
            </RouterAnchor>
            .
          </List.Item>
        </List>
        <Text size="sm">
          <RouterAnchor to="/sites/$site/guides/$guide" params={guide} inherit underline="always">
            Guide: Add the pixel
          </RouterAnchor>
        </Text>
      </Stack>
    </Panel>
  );
}

/** Asks for the URL at which the shop's pages reach the gateway, and saves it with a site of the dashboard. */
function PublicUrlForm({ site, typed, onType, collector }: SnippetPanelProps & { readonly collector: string | undefined }) {
  const { url } = site.pixel;
  const save = useApiMutation(
    (publicUrl: string) => callApi('PATCH /api/sites/:site', { site: site.id }, { revision: site.revision, publicUrl }),
    { refreshes: ['GET /api/sites'] },
  );
  const isOfFile = site.origin === 'file';
  const remedy = isOfFile ? ' To keep it, set publicUrl of the site in the config file.' : '';
  const isMalformed = typed.trim() !== '' && collector === undefined;
  return (
    <Form onSubmit={() => collector !== undefined && save.mutate(collector)}>
      <Stack gap="xs">
        <TextInput
          label="Public URL"
          description={`The snippet uses a guess: ${URL.parse(url)?.host ?? url}. Enter the address of this gateway on the shop's own domain.${remedy}`}
          placeholder={URL.parse(url)?.origin ?? ''}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={({ currentTarget }) => onType(currentTarget.value)}
          error={
            isMalformed
              ? 'Must be an http or https URL, such as https://data.shop.example or https://shop.example/data.'
              : getFieldError(getFieldIssues(save.error), 'publicUrl')
          }
        />
        {!isOfFile && (
          <RoleOnly needs="editor">
            {(isPermitted) => (
              <Button
                type="submit"
                variant="default"
                w="fit-content"
                loading={save.isPending}
                disabled={!isPermitted || collector === undefined}
              >
                Save URL
              </Button>
            )}
          </RoleOnly>
        )}
        {save.error && getFieldIssues(save.error).length === 0 && <ErrorAlert error={save.error} />}
      </Stack>
    </Form>
  );
}
