import { Button, Stack, TextInput } from '@mantine/core';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Form } from '../../../components/forms/Form.tsx';
import { FormError } from '../../../components/forms/FormError.tsx';
import { getFieldError, getFieldIssues } from '../../../components/forms/field-errors.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { type CollectorAddress, parseCollectorUrl } from './collector-address.ts';

interface PublicUrlFormProps {
  readonly site: SiteSettingsView;
  readonly address: CollectorAddress | undefined;
  readonly typed: string;
  readonly onType: (typed: string) => void;
}

/** Asks for the URL at which the shop's pages reach the gateway, and saves it with a site of the dashboard. */
export function PublicUrlForm({ site, address, typed, onType }: PublicUrlFormProps) {
  const save = useApiMutation(
    (publicUrl: string) => callApi('PATCH /api/sites/:site', { site: site.id }, { revision: site.revision, publicUrl }),
    { refreshes: ['GET /api/sites'] },
  );
  const isOfFile = site.origin === 'file';
  const entered = parseCollectorUrl(typed);
  const isMalformed = typed.trim() !== '' && entered === undefined;
  return (
    <Panel title="Public URL" description={describeAddress(address)}>
      <Form error={save.error} onSubmit={() => entered !== undefined && save.mutate(entered)}>
        <Stack gap="xs" maw={560}>
          <TextInput
            label="Address of this gateway on the shop's own domain"
            description={
              isOfFile
                ? 'The code below uses it at once. To keep it, set publicUrl of the site in the config file.'
                : 'The code below uses it at once.'
            }
            placeholder={URL.parse(site.pixel.url)?.origin ?? ''}
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
                  disabled={!isPermitted || entered === undefined}
                >
                  Save URL
                </Button>
              )}
            </RoleOnly>
          )}
          <FormError error={save.error} fields={['publicUrl']} />
        </Stack>
      </Form>
    </Panel>
  );
}

function describeAddress(address: CollectorAddress | undefined): string {
  if (address?.source === 'current')
    return `No public URL is set. The code below uses the address that you use now, ${address.base}. It works only for a shop on this machine or network: shoppers cannot reach it, and browsers block it on other pages.`;
  return 'No public URL is set. Enter it to get the code for the shop.';
}
