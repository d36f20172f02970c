import { Select } from '@mantine/core';
import { useState } from 'react';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { useConnectionNames } from '../../data/use-destination.ts';
import { useSite } from '../../data/use-site.ts';
import { RuleHistory } from './RuleHistory.tsx';
import { RuleListForm } from './RuleListForm.tsx';

const ofSite = '';

/** Edits the rules of a site and of its connections. */
export function RulesPage() {
  const { id: site } = useSite();
  const names = useConnectionNames();
  const [chosen, setChosen] = useState(ofSite);
  const rules = useApiQuery('GET /api/sites/:site/rules', { site });
  const fields = useApiQuery('GET /api/sites/:site/rules/fields', { site });
  return (
    <Page
      title="Rules"
      description="Skip events, rename them, change their value, or add further events. Rules apply in their order: first those of the site, then those of the connection."
    >
      <QueryState query={rules} height={320}>
        {({ lists, history, revision }) => {
          const list = lists.find(({ connection = ofSite }) => connection === chosen) ?? lists[0];
          return (
            <>
              <Select
                label="Rules for"
                data={lists.map(({ connection }) => ({
                  value: connection ?? ofSite,
                  label: connection === undefined ? 'All connections' : (names[connection] ?? connection),
                }))}
                value={list?.connection ?? ofSite}
                onChange={(value) => setChosen(value ?? ofSite)}
                allowDeselect={false}
                maw={360}
              />
              {list && (
                <QueryState query={fields} height={240}>
                  {(known) => (
                    <RuleListForm key={`${chosen} ${revision}`} site={site} list={list} revision={revision} fields={known} />
                  )}
                </QueryState>
              )}
              <RuleHistory
                key={chosen}
                site={site}
                connection={list?.connection}
                history={history.filter(({ connection }) => connection === list?.connection)}
              />
            </>
          );
        }}
      </QueryState>
    </Page>
  );
}
