import { Anchor, Blockquote, Box, Code, Divider, List, Table, Text, Title } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';
import { Copyable } from '../../components/display/Copyable.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { type Guide, resolveGuideLink } from './guide-list.ts';
import { type Block, type Inline, toPlainText } from './parse-markdown.ts';

interface GuideContext {
  readonly site: string;
  readonly guide: Guide;
  /** Replaces examples in a text by the site's own values. */
  readonly fill: (text: string) => string;
}

/** Renders a guide. All content is rendered as text, never as HTML. */
export function GuideBody({ blocks, written }: { readonly blocks: readonly Block[]; readonly written: GuideContext }) {
  return addKeys(blocks).map(({ key, one }) => <BlockView key={key} block={one} written={written} />);
}

/** Adds keys by position. A guide does not change while it is shown. */
function addKeys<T>(list: readonly T[]): readonly { readonly key: string; readonly one: T }[] {
  return list.map((one, at) => ({ key: `${at}`, one }));
}

function BlockView({ block, written }: { readonly block: Block; readonly written: GuideContext }): ReactNode {
  switch (block.kind) {
    case 'heading':
      return <Heading block={block} written={written} />;
    case 'paragraph':
      return (
        <Text mb="md" lh={1.6}>
          <Inlines parts={block.parts} written={written} />
        </Text>
      );
    case 'code': {
      const text = written.fill(block.text);
      const [first = ''] = text.split('\n');
      return (
        <Box mb="md">
          <Copyable text={text} label={`Code ${block.nth}: ${first.slice(0, 60)}`} />
        </Box>
      );
    }
    case 'list':
      return <ListBlock block={block} written={written} />;
    case 'table':
      return <TableBlock block={block} written={written} />;
    case 'quote':
      return (
        <Blockquote mb="md" p="md">
          <GuideBody blocks={block.blocks} written={written} />
        </Blockquote>
      );
    case 'rule':
      return <Divider my="lg" />;
  }
}

type BlockProps<K extends Block['kind']> = {
  readonly block: Extract<Block, { readonly kind: K }>;
  readonly written: GuideContext;
};

function Heading({ block: { depth, id, parts }, written }: BlockProps<'heading'>) {
  const order = depth <= 2 ? 2 : depth === 3 ? 3 : 4;
  return (
    <Title order={order} id={id} mt={order === 2 ? 'xl' : 'lg'} mb="xs" style={{ scrollMarginTop: 72 }}>
      <Inlines parts={parts} written={written} />
    </Title>
  );
}

function ListBlock({ block: { start, items }, written }: BlockProps<'list'>) {
  return (
    <List
      {...(start !== undefined && { type: 'ordered', start })}
      spacing={6}
      mb="md"
      style={{ overflowWrap: 'anywhere' }}
      styles={{ itemWrapper: { display: 'inline' }, itemLabel: { display: 'inline' } }}
    >
      {addKeys(items).map(({ key, one }) => (
        <List.Item key={key} lh={1.6}>
          {addKeys(one).map(({ key: nth, one: block }, at) =>
            at === 0 && block.kind === 'paragraph' ? (
              <Inlines key={nth} parts={block.parts} written={written} />
            ) : (
              <Box key={nth} mt="xs">
                <BlockView block={block} written={written} />
              </Box>
            ),
          )}
        </List.Item>
      ))}
    </List>
  );
}

function TableBlock({ block: { nth, head, rows }, written }: BlockProps<'table'>) {
  return (
    <Table.ScrollContainer
      minWidth={head.length > 3 ? 640 : 440}
      mb="md"
      scrollAreaProps={{
        viewportProps: { tabIndex: 0, role: 'region', 'aria-label': `Table ${nth}: ${head.map(toPlainText).join(', ')}` },
      }}
    >
      <Table withTableBorder withColumnBorders fz="sm">
        <Table.Thead>
          <Table.Tr>
            {addKeys(head).map(({ key, one }) => (
              <Table.Th key={key}>
                {one.length === 0 ? <span className="unseen">Row</span> : <Inlines parts={one} written={written} />}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {addKeys(rows).map(({ key, one: cells }) => (
            <Table.Tr key={key} style={{ verticalAlign: 'top' }}>
              {addKeys(cells).map(({ key: at, one }) => (
                <Table.Td key={at} style={{ overflowWrap: 'break-word' }}>
                  <Inlines parts={one} written={written} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Inlines({ parts, written }: { readonly parts: readonly Inline[]; readonly written: GuideContext }): ReactNode {
  return addKeys(parts).map(({ key, one }) => <InlineView key={key} part={one} written={written} />);
}

function InlineView({ part, written }: { readonly part: Inline; readonly written: GuideContext }): ReactNode {
  switch (part.kind) {
    case 'text':
      return <Fragment>{written.fill(part.text)}</Fragment>;
    case 'code':
      return <Code>{written.fill(part.text)}</Code>;
    case 'strong':
      return (
        <strong>
          <Inlines parts={part.parts} written={written} />
        </strong>
      );
    case 'em':
      return (
        <em>
          <Inlines parts={part.parts} written={written} />
        </em>
      );
    case 'break':
      return <br />;
    case 'link':
      return (
        <GuideLink href={part.href} written={written}>
          <Inlines parts={part.parts} written={written} />
        </GuideLink>
      );
  }
}

/** Renders a link. A file that is not part of the dashboard is shown with its path. */
function GuideLink({
  href,
  written,
  children,
}: {
  readonly href: string;
  readonly written: GuideContext;
  readonly children: ReactNode;
}) {
  const { site, guide } = written;
  const target = resolveGuideLink(href, guide);
  if (!target) return children;
  if (target.kind === 'web')
    return (
      <Anchor href={target.url} target="_blank" rel="noreferrer noopener" inherit>
        {children}
      </Anchor>
    );
  if (target.kind === 'file')
    return (
      <>
        {children}{' '}
        <Text span size="xs" c="dimmed">
          (in Convey's folder: <Code fz="inherit">{target.path}</Code>)
        </Text>
      </>
    );
  const slug = target.kind === 'here' ? guide.slug : target.slug;
  return (
    <RouterAnchor
      to="/sites/$site/guides/$guide"
      params={{ site, guide: slug }}
      {...(target.hash !== undefined && { hash: target.hash })}
      inherit
    >
      {children}
    </RouterAnchor>
  );
}
