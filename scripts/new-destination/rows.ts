import type { DestinationNames } from './names.ts';

/** A place in a file of the repository, and the text that a destination has there. */
export interface Row {
  readonly file: string;
  /** Matches the empty text at the place. Without it, the text is an import, among the others in the order of their paths. */
  readonly at?: RegExp;
  readonly text: string;
}

/** The compressed bytes of the example's driver. `npm run size` prints those of the driver as it is. */
const driverSize = '0.21 KB of 1,300';

/** Returns the rows of a destination in the files that list all destinations. The receiver of webhooks stays the last of each list. */
export function listRows(names: DestinationNames, keyBit: number): readonly Row[] {
  return [...listCodeRows(names, keyBit), ...listTestRows(names), ...listDocumentRows(names)];
}

/** Returns the text of a file with the row, or undefined if the file has no place for it. */
export function addRow(found: string, { at, text }: Row): string | undefined {
  if (at) return at.test(found) ? found.replace(at, () => text) : undefined;
  const readPath = (line: string) => /'([^']+)'/.exec(line)?.[1] ?? '';
  const lines = found.split('\n');
  const place = lines.findIndex((line) => !line.startsWith('import ') || readPath(line) > readPath(text));
  return lines.toSpliced(place, 0, text).join('\n');
}

function listCodeRows({ id, camel, clickId }: DestinationNames, keyBit: number): readonly Row[] {
  const identifiers = `import { identifiers as ${camel} } from './${id}/page-identifiers.ts';`;
  return [
    { file: 'src/destinations/destinations.ts', text: `import { ${camel} } from './${id}/${id}.ts';` },
    { file: 'src/destinations/destinations.ts', at: /(?<=destinations: [^\n]+\[[^\]]*)(?=webhook,?\s*\];)/, text: `${camel}, ` },
    { file: 'src/destinations/page-identifiers.ts', text: identifiers },
    { file: 'src/destinations/page-identifiers.ts', at: /(?=,?\s*\];)/, text: `, ${camel}` },
    { file: 'src/simulators/simulators.ts', text: `import { ${camel}Simulator } from './${id}/simulator.ts';` },
    { file: 'src/simulators/simulators.ts', at: /(?=webhookSimulator,?\s*\];)/, text: `${camel}Simulator, ` },
    { file: 'src/event/match-keys.ts', at: /(?<=clickIdKeys = \[[^\]]*)(?=,?\s*\])/, text: `, '${clickId}'` },
    {
      file: 'src/storage/store/rows/event-index.ts',
      at: /(?<=keyBits[^}]*)(?=\};)/,
      text: `  ${clickId}: ${keyBit.toLocaleString('en-US').replaceAll(',', '_')},\n`,
    },
    {
      file: 'src/dashboard/pages/events/event-labels.ts',
      at: /(?<=clickIdLabels[^}]*)(?=\} as const)/,
      text: `  ${clickId}: 'Click ID (${clickId})',\n`,
    },
    { file: 'shops/shopify/custom-pixel.js', at: /(?<=clickParams =[^;]*)(?=dclid\|)/, text: `${clickId}|` },
  ];
}

function listTestRows({ id, clickId }: DestinationNames): readonly Row[] {
  const settings = 'test/contract-settings.test.ts';
  const filters = 'test/journeys/event-filters.gateway.test.ts';
  return [
    { file: settings, at: /(?<=accepted: .*\{.*)(?=^ {2}webhook: \[$)/ms, text: `  '${id}': [{ token: 't' }],\n` },
    {
      file: settings,
      at: /(?<=wrong: .*\{.*)(?=^ {2}webhook: \{ url)/ms,
      text: `  '${id}': { endpoint: 'proxy.example', token: 7, mode: 'on' },\n`,
    },
    { file: filters, at: /(?=, email, phone, visitor, external-id, address or agent')/, text: `, ${clickId}` },
    { file: filters, at: /(?=, email, phone, visitor, external-id, address, agent\/)/, text: `, ${clickId}` },
    {
      file: 'test/platform-words.test.ts',
      at: /(?=^ +'client_\?ip_\?address)/m,
      text: `    '\\\\b${id.replaceAll('-', '[- ]?')}\\\\b|${clickId}',\n`,
    },
  ];
}

function listDocumentRows({ id, title, clickId }: DestinationNames): readonly Row[] {
  const page = `destinations/${id}.md`;
  return [
    { file: 'README.md', at: /(?=and \[a webhook\]\(docs\/destinations\/webhook\.md\))/, text: `[${title}](docs/${page}), ` },
    {
      file: 'docs/README.md',
      at: /(?=^\| Webhook \|)/m,
      text: `| ${title} | [Reference](${page}) | [Guides](guides/${id}/README.md) |\n`,
    },
    { file: 'docs/reference/events.md', at: /(?<=^Click ids that are kept: [^.]*)(?=`li_fat_id`)/m, text: `\`${clickId}\`, ` },
    {
      file: 'docs/guides/match-quality.md',
      at: /(?= and \[[^\]]+\]\([^)]+\)\. A click id)/,
      text: `, [${title}](../${page}#sent-fields)`,
    },
    {
      file: 'docs/guides/dual-tracking.md',
      at: /(?=\n## Modes\n)/,
      text: `- [${title} tag](../${page}#the-browser-tag), \`tags.${id}\`.\n`,
    },
    {
      file: 'docs/operations/privacy.md',
      at: /(?=^\| Webhook \| Yours)/m,
      text: `| ${title} | \`api.${id}.example\` | [List](../${page}) |\n`,
    },
    { file: 'SECURITY.md', at: /(?= and `[^`]+` \([^)]+\);)/, text: `, \`tag.${id}.example\` (${title})` },
    { file: 'docs/reference/pixel.md', at: /(?<=^- driver of .*\n)(?=\n)/m, text: `- driver of ${id}: ${driverSize}\n` },
    {
      file: 'docs/reference/simulator.md',
      at: /(?=^- `convey simulate webhook`)/m,
      text: `- \`convey simulate ${id}\`: [${title}](../${page}#simulator)\n`,
    },
    {
      file: 'CHANGELOG.md',
      at: /(?<=## \[Unreleased\]\n.*?\n### Added\n\n)/s,
      text: `- [${title}](docs/${page}) is a destination, with a browser tag and \`convey simulate ${id}\`.\n`,
    },
  ];
}
