import { Box, Code, Grid, Group, PasswordInput, Radio, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import {
  type HookSourceView,
  type HooksView,
  type HookView,
  isSignedScheme,
  type SiteSettingsView,
} from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Form } from '../../../components/forms/Form.tsx';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import { SaveBar } from '../../../components/forms/SaveBar.tsx';
import { useFieldIssues } from '../../../components/forms/use-field-issues.ts';
import { useSaveForm } from '../../../components/forms/use-save-form.ts';
import { useStagedForm } from '../../../components/forms/use-staged-form.ts';
import { GuideAnchor } from '../../../components/layout/GuideAnchor.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import classes from './FieldRows.module.css';
import { HookPreview } from './HookPreview.tsx';
import { HookSecrets } from './HookSecrets.tsx';
import { HookBadges, LastRequest } from './HooksPanel.tsx';
import { createEvent, type EventDraft, fillField, toEventDrafts, toEvents } from './hook-draft.ts';
import { MappingEditor } from './MappingEditor.tsx';
import { SignatureFields } from './SignatureFields.tsx';
import { type StripeDraft, StripeFields, toStripeSettings } from './StripeFields.tsx';
import { firstSignature, type SignatureDraft, toSignature, toSignatureDraft } from './signature-draft.ts';
import { useHookPreview } from './use-hook-preview.ts';

interface HookValues {
  readonly id: string;
  readonly source: string;
  readonly secret: string;
  readonly signature: SignatureDraft;
  readonly events: readonly EventDraft[];
  readonly stripe: StripeDraft;
}

interface HookFormProps {
  readonly site: SiteSettingsView;
  readonly view: HooksView;
  /** Undefined for a new hook. */
  readonly hook: HookView | undefined;
  readonly mayChange: boolean;
  /** Whether the preview is shown, also of a hook of the config file. */
  readonly mayPreview: boolean;
}

/** The mapping of a service that Convey knows, or one to begin with. */
function startEvents(source: HookSourceView | undefined): readonly EventDraft[] {
  return source?.events ? toEventDrafts(source.events) : [createEvent()];
}

/** Edits a hook: the address and the proof, and the mapping with its preview beside it. */
export function HookForm({ site, view, hook, mayChange, mayPreview }: HookFormProps) {
  const navigate = useNavigate();
  const [saved] = useState<HookValues>(() => ({
    id: hook?.id ?? '',
    source: hook?.source ?? 'custom',
    secret: '',
    signature: hook ? toSignatureDraft(hook.signature) : firstSignature,
    stripe: hook?.stripe ?? {},
    events: hook?.events ? toEventDrafts(hook.events) : startEvents(undefined),
  }));
  const [base, setBase] = useState(saved);
  const form = useStagedForm<HookValues>(base, view.revision);
  const { id, source: sourceId, secret, signature, events, stripe } = form.value;
  const source = view.sources.find((one) => one.id === sourceId);
  const isCustom = sourceId === 'custom';
  const isMapped = source?.hasMapping === true;
  const mapping = isMapped ? toEvents(events) : undefined;
  const preset = source?.events;
  const isPreset = preset !== undefined && JSON.stringify(mapping) === JSON.stringify(preset);
  const save = useSaveForm(
    form,
    () =>
      callApi(
        'PUT /api/sites/:site/hooks/:hook',
        { site: site.id, hook: id.trim() },
        {
          revision: form.revision,
          source: sourceId,
          ...(isCustom && { signature: toSignature(signature) }),
          ...(mapping && !isPreset && { events: mapping.map((one) => ({ ...one })) }),
          ...(sourceId === 'stripe' && { stripe: toStripeSettings(stripe) }),
          ...(secret !== '' && { secret }),
        },
      ).then((saved) => {
        setBase({ ...form.value, secret: '' });
        if (!hook)
          void navigate({ to: '/sites/$site/hooks/$hook', params: { site: site.id, hook: id.trim() }, ignoreBlocker: true });
        return saved;
      }),
    'GET /api/sites/:site/hooks',
  );
  const issues = useFieldIssues(save.error, form.value);
  const preview = useHookPreview(site.id, hook?.id ?? (id === '' ? 'new' : id), mapping, mayPreview);
  const places = (preview.data?.places ?? []).map(({ at }) => at);
  const addPlace = (at: string) => {
    // The place belongs to the event that the request makes.
    const entry = preview.data?.entry ?? 0;
    const event = events[entry];
    if (event) form.set('events', events.with(entry, fillField(event, at, view.fields)));
  };
  return (
    <Form error={save.error} onSubmit={() => save.mutate()}>
      <Stack gap="lg">
        {!hook && (
          <Panel>
            <Radio.Group
              label="Service"
              value={sourceId}
              onChange={(chosen) => {
                form.set('source', chosen);
                form.set('events', startEvents(view.sources.find((one) => one.id === chosen)));
                if (id === '' || view.sources.some((one) => one.id === id)) form.set('id', chosen === 'custom' ? '' : chosen);
              }}
            >
              <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} mt="xs">
                {view.sources.map((one) => (
                  <SourceCard key={one.id} source={one} />
                ))}
              </SimpleGrid>
            </Radio.Group>
          </Panel>
        )}
        <Panel
          title="Address and proof"
          description={
            source?.guide && (
              <GuideAnchor site={site.id} guide={source.guide}>
                How to set it up
              </GuideAnchor>
            )
          }
          actions={hook && <HookBadges hook={hook} />}
        >
          <Stack>
            {hook ? (
              <Address hook={hook} />
            ) : (
              <TextInput
                label="Name of the hook"
                description="A part of its URL: lower-case letters, digits and hyphens."
                placeholder="crm"
                autoComplete="off"
                spellCheck={false}
                maw={420}
                value={id}
                disabled={!mayChange}
                error={getFieldError(issues, 'id')}
                onChange={({ currentTarget }) => form.set('id', currentTarget.value)}
              />
            )}
            {isCustom ? (
              <SignatureFields
                value={signature}
                issues={issues}
                isDisabled={!mayChange}
                onChange={(value) => form.set('signature', value)}
              />
            ) : (
              hook && (
                <Text size="sm" c="dimmed">
                  <InlineCode text={hook.proof} />
                </Text>
              )
            )}
            {hook && <HookSecrets site={site.id} hook={hook} mayChange={mayChange} />}
            {mayChange && (hook?.secrets.length ?? 0) < 4 && (
              <PasswordInput
                label={hook && hook.secrets.length > 0 ? 'Another secret' : 'Secret'}
                description={`${isCustom && !isSignedScheme(signature) ? 'The secret that the service sends with each request.' : (source?.secretHint ?? '')} It is stored encrypted and never shown again.`}
                autoComplete="new-password"
                spellCheck={false}
                maw={640}
                value={secret}
                error={getFieldError(issues, 'secret')}
                onChange={({ currentTarget }) => form.set('secret', currentTarget.value)}
              />
            )}
          </Stack>
        </Panel>
        {sourceId === 'stripe' && (
          <Panel title="Sales">
            <StripeFields
              value={stripe}
              issues={issues}
              isDisabled={!mayChange}
              onChange={(value) => form.set('stripe', value)}
            />
          </Panel>
        )}
        {isMapped && (
          <Grid gap="lg" align="flex-start">
            <Grid.Col span={{ base: 12, lg: 7 }} order={{ base: 2, lg: 1 }}>
              <Panel
                title="Mapping"
                description={
                  preset
                    ? `${isPreset ? "Convey's mapping" : 'Your mapping'} for ${source?.title ?? ''}. Compare it with a test request before you rely on it.`
                    : 'Each field takes the value of a place in the body. A preview beside it shows the result.'
                }
              >
                <MappingEditor
                  events={events}
                  view={view}
                  places={places}
                  issues={issues}
                  isDisabled={!mayChange}
                  onChange={(changed) => form.set('events', changed)}
                />
              </Panel>
            </Grid.Col>
            {mayPreview && (
              <Grid.Col span={{ base: 12, lg: 5 }} order={{ base: 1, lg: 2 }} className={classes.preview ?? ''}>
                <HookPreview
                  preview={preview.data}
                  error={preview.error}
                  body={preview.body}
                  isBodyValid={preview.isBodyValid}
                  onBody={preview.setBody}
                  onUse={mayChange ? addPlace : undefined}
                />
              </Grid.Col>
            )}
          </Grid>
        )}
        <SaveBar form={form} save={save} fields={['id', 'secret', 'signature', 'events', 'stripe']} />
      </Stack>
    </Form>
  );
}

function SourceCard({ source: { id, title, summary } }: { readonly source: HookSourceView }) {
  return (
    <Radio.Card value={id} p="md" radius="md" style={{ display: 'flex', alignItems: 'flex-start' }}>
      <Group wrap="nowrap" align="flex-start" gap="sm">
        <Radio.Indicator mt={2} />
        <Box miw={0}>
          <Text fw={600}>{title}</Text>
          <Text size="sm" c="dimmed" mt={2}>
            {summary}
          </Text>
        </Box>
      </Group>
    </Radio.Card>
  );
}

function Address({ hook }: { readonly hook: HookView }) {
  const { url, isGuess } = hook;
  return (
    <Group justify="space-between" gap="sm" align="flex-start">
      <Box miw={0} flex="1 1 18rem">
        {isGuess ? (
          <Text size="sm">To get the URL, set the public URL of the site first.</Text>
        ) : (
          <Code style={{ overflowWrap: 'anywhere' }}>{url}</Code>
        )}
        <Text size="xs" c="dimmed" mt={2}>
          URL for {hook.source === 'custom' ? 'the service' : hook.title}
        </Text>
        <Box mt="sm">
          <Text size="xs" c="dimmed">
            Last request
          </Text>
          <LastRequest hook={hook} />
        </Box>
      </Box>
      {!isGuess && <CopyButton text={url} label="Copy URL" />}
    </Group>
  );
}
