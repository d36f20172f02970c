import { Code } from '@mantine/core';
import { Fragment } from 'react';

/** A sentence of the gateway's, with what stands between backticks set as code. */
export function Prose({ text }: { readonly text: string }) {
  return text.split('`').map((piece, at) => {
    const key = `${at} ${piece}`;
    return at % 2 === 1 ? (
      <Code key={key} style={{ overflowWrap: 'anywhere' }}>
        {piece}
      </Code>
    ) : (
      <Fragment key={key}>{piece}</Fragment>
    );
  });
}
