import { Select } from '@mantine/core';
import { useState } from 'react';
import type { RulesView } from '../../../api/client.ts';
import { UnsavedGuard } from '../../components/forms/UnsavedGuard.tsx';
import { useConnectionNames } from '../../data/use-destination.ts';
import { RuleHistory } from './RuleHistory.tsx';
import { RuleListForm } from './RuleListForm.tsx';
import { type DraftRule, toDraft } from './rule-draft.ts';
import { beginEdit, editList, findChangedLists, isOutdated, type RuleEdits } from './rule-edits.ts';

const ofSite = '';

interface RuleListsProps {
  readonly site: string;
  readonly view: RulesView;
}

/** Edits the lists of a site and of its connections, one at a time. */
export function RuleLists({ site, view: { lists, history, revision } }: RuleListsProps) {
  const names = useConnectionNames();
  const [chosen, setChosen] = useState(ofSite);
  const [edits, setEdits] = useState<RuleEdits>({});
  const savedByList: Readonly<Record<string, readonly DraftRule[]>> = Object.fromEntries(
    lists.map(({ connection = ofSite, rules }) => [connection, rules.map(toDraft)]),
  );
  const changed = findChangedLists(edits, savedByList);
  const list = lists.find(({ connection = ofSite }) => connection === chosen) ?? lists[0];
  if (!list) return null;
  const { connection } = list;
  const key = connection ?? ofSite;
  const saved = savedByList[key] ?? [];
  const getDrafts = (one: string) => edits[one]?.drafts ?? savedByList[one] ?? [];
  const others = lists.filter((one) => (connection === undefined ? one.connection !== undefined : one.connection === undefined));
  return (
    <>
      <Select
        label="Rules for"
        data={lists.map(({ connection: id = ofSite }) => {
          const label = id === ofSite ? 'All connections' : (names[id] ?? id);
          return { value: id, label: changed.includes(id) ? `${label} (not saved)` : label };
        })}
        value={key}
        onChange={(value) => setChosen(value ?? ofSite)}
        allowDeselect={false}
        maw={360}
      />
      <RuleListForm
        key={key}
        site={site}
        list={list}
        drafts={getDrafts(key)}
        isChanged={changed.includes(key)}
        isOutdated={isOutdated(edits[key], saved)}
        takenIds={others.flatMap(({ connection: id = ofSite }) => getDrafts(id))}
        revision={revision}
        onOpenEditor={() => setEdits((before) => beginEdit(before, key, saved))}
        onChange={(drafts) => setEdits((before) => editList(before, key, saved, drafts))}
      />
      <RuleHistory
        key={`history ${key}`}
        site={site}
        connection={connection}
        history={history.filter((one) => one.connection === connection)}
      />
      <UnsavedGuard changes={changed.length} />
    </>
  );
}
