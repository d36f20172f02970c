import { Code } from '@mantine/core';
import { Fragment } from 'react';

/** Renders a message of the gateway, with names between backticks as code. */
export function InlineCode({ text }: { readonly text: string }) {
  const parts = text.split('`');
  // Text with an unmatched backtick is shown unchanged.
  if (parts.length % 2 === 0) return text;
  return parts.map((part, index) =>
    index % 2 === 1 ? <Code key={index}>{part}</Code> : <Fragment key={index}>{part}</Fragment>,
  );
}
