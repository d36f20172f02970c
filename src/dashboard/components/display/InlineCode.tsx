import { Code } from '@mantine/core';
import { Fragment } from 'react';

/** A sentence in which names stand between backticks, as the gateway writes it. */
export function InlineCode({ text }: { readonly text: string }) {
  const parts = text.split('`');
  // A sentence with a mark too many is shown as it is.
  if (parts.length % 2 === 0) return text;
  return parts.map((part, index) =>
    index % 2 === 1 ? <Code key={index}>{part}</Code> : <Fragment key={index}>{part}</Fragment>,
  );
}
