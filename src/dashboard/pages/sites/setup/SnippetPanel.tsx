import { List, Stack, Text, TextInput } from '@mantine/core';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { Copyable } from '../../../components/display/Copyable.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { formatPixelUrl, formatSnippet, parseCollectorUrl } from './install-snippet.ts';

/** The line for the shop's pages. Where nobody told the gateway its own address, it is asked for here. */
export function SnippetPanel({
  site,
  typed,
  onType,
}: {
  readonly site: SiteSettingsView;
  readonly typed: string;
  readonly onType: (typed: string) => void;
}) {
  const { url, isGuess } = site.pixel;
  const collector = parseCollectorUrl(typed);
  const guide = { site: site.id, guide: 'add-the-pixel' };
  return (
    <Panel title="On the shop's pages" description="Paste it into the head of every page, as far up as you can.">
      <Stack>
        <Copyable label="The snippet" text={formatSnippet(collector === undefined ? url : formatPixelUrl(collector, url))} />
        {isGuess && (
          <TextInput
            label="Where browsers reach this gateway"
            description={`Nobody has told Convey: the line says ${URL.parse(url)?.host ?? url}, which is a guess. Type the address, on the shop's own domain, to have it in the line; set collector.publicUrl in the config file to have it there always.`}
            placeholder={URL.parse(url)?.origin ?? ''}
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={({ currentTarget }) => onType(currentTarget.value)}
            error={
              typed.trim() !== '' && collector === undefined
                ? 'Must be an http or https address, such as https://data.shop.example or https://shop.example/data.'
                : undefined
            }
          />
        )}
        <List size="sm" spacing={4}>
          <List.Item>Page views are reported by themselves. Report the rest by calling convey, purchases first.</List.Item>
          <List.Item>
            Say what the shopper chose, where none of the tools that the pixel reads does:{' '}
            <RouterAnchor to="/sites/$site/consent" params={{ site: site.id }} inherit underline="always">
              the consent doctor
            </RouterAnchor>{' '}
            finds out.
          </List.Item>
        </List>
        <Text size="sm">
          <RouterAnchor to="/sites/$site/guides/$guide" params={guide} inherit underline="always">
            Add the pixel, step by step
          </RouterAnchor>
        </Text>
      </Stack>
    </Panel>
  );
}
