import { Anchor, Blockquote, Box, Code, Divider, List, Table, Text, Title, type TitleOrder } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Components } from 'react-markdown';
import { Copyable } from '../../components/display/Copyable.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { findGuide, resolveGuideLink } from './guide-list.ts';
import { listElements, toText } from './render-markdown.ts';

/** The elements of a guide. */
export const guideComponents: Components = {
  h1: createHeading(2),
  h2: createHeading(2),
  h3: createHeading(3),
  h4: createHeading(4),
  p: ({ children }) => (
    <Text mb="md" lh={1.6}>
      {children}
    </Text>
  ),
  a: ({ href = '', children }) => <GuideLink href={href}>{children}</GuideLink>,
  code: ({ children }) => <Code>{children}</Code>,
  pre: ({ node, 'aria-label': label = '' }) => (
    <Box mb="md">
      <Copyable text={node ? toText(node).trimEnd() : ''} label={label} />
    </Box>
  ),
  ul: ({ children }) => <GuideList>{children}</GuideList>,
  ol: ({ start = 1, children }) => <GuideList start={start}>{children}</GuideList>,
  li: ({ children }) => <List.Item lh={1.6}>{children}</List.Item>,
  // A further block of a list item.
  div: ({ children }) => <Box mt="xs">{children}</Box>,
  blockquote: ({ children }) => (
    <Blockquote mb="md" p="md">
      {children}
    </Blockquote>
  ),
  hr: () => <Divider my="lg" />,
  table: ({ node, 'aria-label': label, children }) => (
    <Table.ScrollContainer
      minWidth={node && listElements(node, /^th$/).length > 3 ? 640 : 440}
      mb="md"
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': label } }}
    >
      <Table withTableBorder withColumnBorders fz="sm">
        {children}
      </Table>
    </Table.ScrollContainer>
  ),
  thead: ({ children }) => <Table.Thead>{children}</Table.Thead>,
  tbody: ({ children }) => <Table.Tbody>{children}</Table.Tbody>,
  tr: ({ children }) => <Table.Tr style={{ verticalAlign: 'top' }}>{children}</Table.Tr>,
  th: ({ children }) => <Table.Th>{children ?? <span className="unseen">Row</span>}</Table.Th>,
  td: ({ children }) => <Table.Td style={{ overflowWrap: 'break-word' }}>{children}</Table.Td>,
};

function createHeading(order: TitleOrder): NonNullable<Components['h2']> {
  return ({ id, children }) => (
    <Title order={order} id={id} mt={order === 2 ? 'xl' : 'lg'} mb="xs" style={{ scrollMarginTop: 72 }}>
      {children}
    </Title>
  );
}

/** A list, which is ordered if it has a first number. */
function GuideList({ start, children }: { readonly start?: number; readonly children: ReactNode }) {
  return (
    <List
      {...(start !== undefined && { type: 'ordered', start })}
      spacing={6}
      mb="md"
      style={{ overflowWrap: 'anywhere' }}
      styles={{ itemWrapper: { display: 'inline' }, itemLabel: { display: 'inline' } }}
    >
      {children}
    </List>
  );
}

/** Renders a link. A file that is not part of the dashboard is shown with its path. */
function GuideLink({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  const { site, guide: slug } = useParams({ from: '/signed-in/shell/sites/$site/guides/$guide' });
  const guide = findGuide(slug);
  const target = guide && href !== '' ? resolveGuideLink(href, guide) : undefined;
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
  return (
    <RouterAnchor
      to="/sites/$site/guides/$guide"
      params={{ site, guide: target.kind === 'here' ? slug : target.slug }}
      {...(target.hash !== undefined && { hash: target.hash })}
      inherit
    >
      {children}
    </RouterAnchor>
  );
}
