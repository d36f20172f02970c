import { Box, Combobox, Loader, Modal, Text, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { pluralize } from '../../components/display/format.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { ActionDialog } from './ActionDialog.tsx';
import { PaletteList } from './PaletteList.tsx';
import type { PaletteActionTarget, PaletteEntry } from './palette-entries.ts';
import { usePaletteEntries } from './use-palette-entries.ts';

const resultsId = 'search-results';

interface PaletteProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Finds orders, pages, connections, sites and guides, and opens the dialogs of actions. It never acts by itself. */
export function Palette({ opened, onClose }: PaletteProps) {
  const [target, setTarget] = useState<PaletteActionTarget>();
  return (
    <>
      <Modal
        opened={opened}
        onClose={onClose}
        title="Search"
        size="lg"
        yOffset="10vh"
        centered={false}
        withCloseButton={false}
        styles={{ header: { position: 'absolute', opacity: 0, pointerEvents: 'none' }, body: { padding: 0 } }}
      >
        <PaletteSearch
          onChoose={(action) => {
            onClose();
            if (action) setTarget(action);
          }}
        />
      </Modal>
      {target && (
        <ActionDialog key={`${target.action} ${target.connection}`} target={target} onClose={() => setTarget(undefined)} />
      )}
    </>
  );
}

/** Called with the action of the chosen entry, if it has one. */
function PaletteSearch({ onChoose }: { readonly onChoose: (action: PaletteActionTarget | undefined) => void }) {
  const [text, setText] = useState('');
  const [query] = useDebouncedValue(text, 150);
  const navigate = useNavigate();
  const { entries, isSearching, failures } = usePaletteEntries(query);
  const combobox = useCombobox({ defaultOpened: true });
  const ids = entries.map(({ id }) => id).join('\n');
  const { selectFirstOption } = combobox;
  const [activeId, setActiveId] = useState<string>();
  const readActive = () => setActiveId(document.querySelector('[data-combobox-selected]')?.id);
  // The first entry is chosen, so that Enter opens it. Other entries have other elements, even if the first and their number stay the same.
  useEffect(() => {
    selectFirstOption();
    setActiveId(document.querySelector('[data-combobox-selected]')?.id);
  }, [ids]);
  const open = ({ page, action }: PaletteEntry) => {
    onChoose(action);
    if (page)
      void navigate({
        to: page.to,
        params: page.params ?? {},
        search: page.search ?? {},
        ...(page.hash !== undefined && { hash: page.hash }),
      });
  };
  return (
    <Combobox
      store={combobox}
      withinPortal={false}
      onOptionSubmit={(id) => {
        const entry = entries.find((one) => one.id === id);
        if (entry) open(entry);
      }}
    >
      <Combobox.EventsTarget withAriaAttributes={false}>
        <TextInput
          size="lg"
          variant="unstyled"
          px="md"
          aria-label="Search orders, pages, connections, sites and guides"
          placeholder="Order, page, connection or guide"
          leftSection={<Icon name="search" />}
          rightSection={isSearching && <Loader size="xs" aria-hidden />}
          role="combobox"
          aria-expanded
          aria-controls={resultsId}
          aria-activedescendant={activeId}
          data-autofocus
          onKeyUp={readActive}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
      </Combobox.EventsTarget>
      <Box p="xs" style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}>
        <Combobox.Options id={resultsId} aria-label="Results" mah="min(60vh, 480px)" style={{ overflowY: 'auto' }}>
          <PaletteList entries={entries} />
        </Combobox.Options>
        {entries.length === 0 && !isSearching && (
          <Text size="sm" c="dimmed" p="md" ta="center">
            Nothing found. Search by an order id, or by a word of a page or guide.
          </Text>
        )}
        {failures.map((failure) => (
          <Text key={failure} size="sm" c="var(--mantine-color-error)" p="xs">
            {failure}
          </Text>
        ))}
      </Box>
      <span role="status" className="unseen">
        {isSearching ? 'Searching' : query === '' ? '' : pluralize(entries.length, 'result')}
      </span>
    </Combobox>
  );
}
