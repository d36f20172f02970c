import { List, Stack, Text, TextInput } from '@mantine/core';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { Copyable } from '../../../components/display/Copyable.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { formatPixelUrl, formatSnippet, parseCollectorUrl } from './install-snippet.ts';

/** Shows the pixel snippet. Asks for the public URL if the gateway does not know it. */
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
    <Panel title="Pixel snippet" description="Paste this line into the head of every page, as early as possible.">
      <Stack>
        <Copyable label="Snippet code" text={formatSnippet(collector === undefined ? url : formatPixelUrl(collector, url))} />
        {isGuess && (
          <TextInput
            label="Public URL"
            description={`The public URL of this gateway is not set, so the snippet uses a guess: ${URL.parse(url)?.host ?? url}. Enter the URL, on the shop's own domain. To keep it, set collector.publicUrl in the config file.`}
            placeholder={URL.parse(url)?.origin ?? ''}
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={({ currentTarget }) => onType(currentTarget.value)}
            error={
              typed.trim() !== '' && collector === undefined
                ? 'Must be an http or https URL, such as https://data.shop.example or https://shop.example/data.'
                : undefined
            }
          />
        )}
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
