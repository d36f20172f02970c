import { Alert, Button, Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { RulesView } from '../../../api/client.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { ConfigFileNotice } from '../../components/feedback/LockedNotice.tsx';
import { RoleOnly } from '../../components/feedback/RoleOnly.tsx';
import { areAllShown, getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { isConflict } from '../../components/forms/use-save-form.ts';
import { Panel } from '../../components/layout/Panel.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiLoader, useApiMutation, useHasRole } from '../../data/queries.ts';
import { RuleCounts } from './RuleCounts.tsx';
import { RuleEditor } from './RuleEditor.tsx';
import { RuleItem } from './RuleItem.tsx';
import { RulePreview } from './RulePreview.tsx';
import { createDraft, createRuleId, type DraftRule, moveItem, replaceItem, toDraft, toRuleInput } from './rule-draft.ts';

interface RuleListFormProps {
  readonly site: string;
  readonly list: RulesView['lists'][number];
  /** The rules with the unsaved changes. */
  readonly drafts: readonly DraftRule[];
  readonly isChanged: boolean;
  /** Whether the saved rules changed after the unsaved changes began. */
  readonly isOutdated: boolean;
  /** Rules of other lists that apply to the same connections. No new rule gets their ids. */
  readonly takenIds: readonly Pick<DraftRule, 'id'>[];
  readonly revision: string;
  /** Keeps the rules as they are, although others may change the saved ones, until `onChange` is called. */
  readonly onOpenEditor: () => void;
  /** @param drafts undefined for the saved ones. */
  readonly onChange: (drafts: readonly DraftRule[] | undefined) => void;
}

/** Edits one list of rules. A preview on past events comes before saving. */
export function RuleListForm({
  site,
  list: { connection, origin, rules },
  drafts,
  isChanged,
  isOutdated,
  takenIds,
  revision,
  onOpenEditor,
  onChange,
}: RuleListFormProps) {
  /** The place of the rule in the editor; that after the last one for a new rule. */
  const [editing, setEditing] = useState<number>();
  /** The new place of the rule that moved last, for screen readers. */
  const [moved, setMoved] = useState('');
  const mayChange = useHasRole('editor') && origin === 'dashboard';
  const target = connection === undefined ? {} : { connection };
  const loadFields = useApiLoader('GET /api/sites/:site/rules/fields', { site });
  const toInput = async () => {
    const fields = await loadFields();
    return drafts.map((draft) => toRuleInput(draft, fields));
  };
  const preview = useApiMutation(
    async () => callApi('POST /api/sites/:site/rules/preview', { site }, { ...target, rules: await toInput() }),
    { refreshes: [] },
  );
  const client = useQueryClient();
  const save = useApiMutation(
    async () => {
      const rules = await toInput();
      return callApi('PUT /api/sites/:site/rules', { site }, { ...target, revision, rules }).catch(async (failure: unknown) => {
        if (isConflict(failure)) await client.invalidateQueries({ queryKey: ['GET /api/sites/:site/rules'] });
        throw failure;
      });
    },
    { onDone: () => onChange(undefined) },
  );
  const change = (next: readonly DraftRule[] | undefined) => {
    preview.reset();
    save.reset();
    onChange(next);
  };
  const openEditor = (index: number) => {
    onOpenEditor();
    setEditing(index);
  };
  const saved = new Map(rules.map((rule) => [JSON.stringify(toDraft(rule)), rule]));
  const edited = editing === undefined ? undefined : (drafts[editing] ?? createDraft());
  const error = save.error ?? preview.error;
  const issues = getFieldIssues(error);
  const getProblem = (index: number) => getFieldError(issues, `rules[${index}]`);
  const areShown = areAllShown(
    issues,
    drafts.map((_, index) => `rules[${index}]`),
  );
  /** The sentence and the warning of a rule: those of the preview, else those that were saved with it. */
  const describe = (rule: DraftRule, index: number) =>
    (isChanged && preview.data?.list[index]) || saved.get(JSON.stringify(rule));
  return (
    <Panel
      title={connection === undefined ? 'Rules of the site' : `Rules of ${connection}`}
      description={origin === 'file' ? undefined : 'Drag a rule, or use its arrows, to change the order.'}
      actions={
        <RoleOnly needs="editor">
          {(isPermitted) => (
            <Button
              leftSection={<Icon name="plus" />}
              disabled={!isPermitted || origin === 'file'}
              onClick={() => openEditor(drafts.length)}
            >
              Add rule
            </Button>
          )}
        </RoleOnly>
      }
    >
      <Stack>
        {origin === 'file' && <ConfigFileNotice subject="these rules" entry="`rules`" />}
        {drafts.length === 0 ? (
          <EmptyState icon="filter" title="No rules">
            Every event is sent as it arrives. A rule could skip wholesale orders, or send the value without tax.
          </EmptyState>
        ) : (
          <Stack component="ol" gap="xs" p={0} m={0}>
            {drafts.map((rule, index) => (
              <RuleItem
                key={rule.id}
                rule={rule}
                text={describe(rule, index)?.text}
                warning={describe(rule, index)?.warning}
                problem={getProblem(index)}
                counts={
                  rules.some(({ id }) => id === rule.id) && <RuleCounts site={site} rule={rule.id} connection={connection} />
                }
                index={index}
                count={drafts.length}
                mayChange={mayChange}
                onMove={(from, to) => {
                  setMoved(`${drafts[from]?.name ?? ''}: place ${to + 1} of ${drafts.length}`);
                  change(moveItem(drafts, from, to));
                }}
                onEdit={() => openEditor(index)}
                onSwitch={(enabled) => change(replaceItem(drafts, index, { ...rule, enabled }))}
                onRemove={() => change(replaceItem(drafts, index, undefined))}
              />
            ))}
          </Stack>
        )}
        <VisuallyHidden role="status">{moved}</VisuallyHidden>
        {isOutdated && (
          <Alert color="yellow" role="alert">
            Someone else changed these rules after you began. The history shows their changes; saving yours replaces them.
          </Alert>
        )}
        {isConflict(error) && !isOutdated && (
          <Alert color="yellow" role="alert">
            Someone else changed the site meanwhile, so nothing was saved. Your rules are kept. Save them again.
          </Alert>
        )}
        {error && !areShown && !isConflict(error) && <ErrorAlert error={error} />}
        {areShown && (
          <Text size="sm" role="alert">
            Correct the marked rules, then preview again. Nothing was saved.
          </Text>
        )}
        {preview.data && isChanged && <RulePreview site={site} preview={preview.data} />}
        {isChanged && (
          <Group justify="flex-end">
            <Button variant="default" onClick={() => change(undefined)}>
              Discard
            </Button>
            {preview.data ? (
              <Button loading={save.isPending} onClick={() => save.mutate()}>
                Save
              </Button>
            ) : (
              <Button loading={preview.isPending} onClick={() => preview.mutate()}>
                Preview
              </Button>
            )}
          </Group>
        )}
        {isChanged && !preview.data && (
          <Text size="sm" c="dimmed" ta="right">
            The preview shows the effects on the newest 1,000 events. You can save after it.
          </Text>
        )}
      </Stack>
      {edited && (
        <RuleEditor
          site={site}
          rule={edited}
          onClose={() => {
            onChange(drafts);
            setEditing(undefined);
          }}
          onDone={(rule) => {
            const id = rule.id === '' ? createRuleId(rule.name, [...drafts, ...takenIds]) : rule.id;
            const isNew = editing === undefined || editing >= drafts.length;
            change(isNew ? [...drafts, { ...rule, id }] : replaceItem(drafts, editing, rule));
            setEditing(undefined);
          }}
        />
      )}
    </Panel>
  );
}
