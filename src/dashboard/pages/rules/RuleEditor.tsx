import { Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { DialogButtons } from '../../components/forms/DialogButtons.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { ActionFields } from './ActionFields.tsx';
import { ConditionGroup } from './ConditionGroup.tsx';
import type { DraftRule } from './rule-draft.ts';

interface RuleEditorProps {
  readonly site: string;
  readonly rule: DraftRule;
  readonly onDone: (rule: DraftRule) => void;
  readonly onClose: () => void;
}

/** Edits one rule in a dialog. The list of rules is saved by the page. */
export function RuleEditor({ site, rule, onDone, onClose }: RuleEditorProps) {
  // They are values of the newest events, which cost the gateway more than the rest of the page.
  const query = useApiQuery('GET /api/sites/:site/rules/fields', { site });
  const [draft, setDraft] = useState(rule);
  const isNamed = draft.name.trim() !== '';
  const isChanged = JSON.stringify(draft) !== JSON.stringify(rule);
  return (
    <Modal
      opened
      onClose={onClose}
      // A stray key or click loses no change.
      closeOnEscape={!isChanged}
      closeOnClickOutside={!isChanged}
      title={rule.name === '' ? 'New rule' : `Rule “${rule.name}”`}
      size="xl"
    >
      <Form error={undefined} onSubmit={() => onDone({ ...draft, name: draft.name.trim() })}>
        <Stack>
          <TextInput
            label="Name"
            description="The event debugger names the rule by it."
            required
            maxLength={100}
            data-autofocus
            value={draft.name}
            onChange={({ currentTarget }) => setDraft({ ...draft, name: currentTarget.value })}
          />
          <QueryState query={query} height={240}>
            {(fields) => (
              <Stack>
                <Stack gap={6}>
                  <Text size="sm" fw={500}>
                    If
                  </Text>
                  <ConditionGroup
                    group={draft.when}
                    label="Conditions"
                    fields={fields}
                    depth={1}
                    onChange={(when) => setDraft({ ...draft, when })}
                  />
                </Stack>
                <ActionFields draft={draft} fields={fields} onChange={setDraft} />
              </Stack>
            )}
          </QueryState>
          <DialogButtons label="Done" isDisabled={!isNamed} onCancel={onClose} />
        </Stack>
      </Form>
    </Modal>
  );
}
