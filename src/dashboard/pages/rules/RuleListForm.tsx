import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { RuleFieldView, RulesView } from '../../../api/client.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../components/feedback/RoleOnly.tsx';
import { areAllShown, getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { Panel } from '../../components/layout/Panel.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation, useHasRole } from '../../data/queries.ts';
import { RuleEditor } from './RuleEditor.tsx';
import { RuleItem } from './RuleItem.tsx';
import { RulePreview } from './RulePreview.tsx';
import { createDraft, createRuleId, type DraftRule, moveItem, replaceItem, toDraft, toRuleInput } from './rule-draft.ts';

interface RuleListFormProps {
  readonly site: string;
  readonly list: RulesView['lists'][number];
  readonly revision: string;
  readonly fields: readonly RuleFieldView[];
}

/** Edits one list of rules. A preview on past events comes before saving. */
export function RuleListForm({ site, list, revision, fields }: RuleListFormProps) {
  const { connection, origin, rules } = list;
  const [drafts, setDrafts] = useState<readonly DraftRule[]>(() => rules.map(toDraft));
  /** The place of the rule in the editor; that after the last one for a new rule. */
  const [editing, setEditing] = useState<number>();
  const mayChange = useHasRole('editor') && origin === 'dashboard';
  const target = connection === undefined ? {} : { connection };
  const input = () => drafts.map((draft) => toRuleInput(draft, fields));
  const preview = useApiMutation(() => callApi('POST /api/sites/:site/rules/preview', { site }, { ...target, rules: input() }), {
    refreshes: [],
  });
  const save = useApiMutation(() => callApi('PUT /api/sites/:site/rules', { site }, { ...target, revision, rules: input() }));
  const change = (next: readonly DraftRule[]) => {
    preview.reset();
    save.reset();
    setDrafts(next);
  };
  const saved = new Map(rules.map((rule) => [JSON.stringify(toDraft(rule)), rule]));
  const isChanged = JSON.stringify(drafts) !== JSON.stringify(rules.map(toDraft));
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
      description="Drag a rule, or use its arrows, to change the order."
      actions={
        <RoleOnly needs="editor">
          {(isPermitted) => (
            <Button
              leftSection={<Icon name="plus" />}
              disabled={!isPermitted || origin === 'file'}
              onClick={() => setEditing(drafts.length)}
            >
              Add rule
            </Button>
          )}
        </RoleOnly>
      }
    >
      <Stack>
        {origin === 'file' && <Alert>These rules are in the config file. Change them there, and restart Convey.</Alert>}
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
                index={index}
                count={drafts.length}
                mayChange={mayChange}
                onMove={(from, to) => change(moveItem(drafts, from, to))}
                onEdit={() => setEditing(index)}
                onSwitch={(enabled) => change(replaceItem(drafts, index, { ...rule, enabled }))}
                onRemove={() => change(replaceItem(drafts, index, undefined))}
              />
            ))}
          </Stack>
        )}
        {error && !areShown && <ErrorAlert error={error} />}
        {areShown && (
          <Text size="sm" role="alert">
            Correct the marked rules, then preview again. Nothing was saved.
          </Text>
        )}
        {preview.data && isChanged && <RulePreview site={site} preview={preview.data} />}
        {isChanged && (
          <Group justify="flex-end">
            <Button variant="default" onClick={() => change(rules.map(toDraft))}>
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
          rule={edited}
          fields={fields}
          onClose={() => setEditing(undefined)}
          onDone={(rule) => {
            const id = rule.id === '' ? createRuleId(rule.name, drafts) : rule.id;
            const isNew = editing === undefined || editing >= drafts.length;
            change(isNew ? [...drafts, { ...rule, id }] : replaceItem(drafts, editing, rule));
            setEditing(undefined);
          }}
        />
      )}
    </Panel>
  );
}
