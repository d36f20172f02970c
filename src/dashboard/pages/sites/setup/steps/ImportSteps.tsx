import { Code, Text } from '@mantine/core';
import { Copyable } from '../../../../components/display/Copyable.tsx';
import { MethodSteps, SetupStep } from './MethodSteps.tsx';
import type { ServerConsent } from './missing-consent.ts';

interface ImportStepsProps {
  readonly site: string;
  /** Undefined: not loaded. */
  readonly serverConsent: ServerConsent | undefined;
}

/** The steps of an import of old orders by the command line. */
export function ImportSteps({ site, serverConsent }: ImportStepsProps) {
  const command = `convey import orders.csv --site ${site} --event Purchase`;
  return (
    <MethodSteps site={site} title="Import old orders" guide={{ slug: 'import', title: 'Import old orders' }}>
      <SetupStep title="Check the file">
        <Text size="sm">
          Run this on the machine of the gateway. Nothing is stored: <Code>check.csv</Code> has the result of each row, and what
          to do about a refused one. Leave <Code>--event</Code> out if the file names the event of each row.
        </Text>
        <Copyable label="Command that checks the file" text={`${command} --dry-run --results check.csv`} />
      </SetupStep>
      <SetupStep title="State consent">
        <Text size="sm">
          Put the shopper's answer in a column <Code>consent</Code>: <Code>granted</Code> or <Code>denied</Code>.{' '}
          {serverConsent !== undefined && serverConsent !== 'granted' && 'Rows without an answer are refused. '}
          If all shoppers of the other rows gave the same answer, add <Code>--consent granted</Code> or{' '}
          <Code>--consent denied</Code>.
        </Text>
      </SetupStep>
      <SetupStep title="Import it">
        <Text size="sm">
          If the import is interrupted, the same command goes on after the last stored row. The events then show{' '}
          <strong>from an import</strong>.
        </Text>
        <Copyable label="Command that imports the file" text={`${command} --results results.csv`} />
      </SetupStep>
    </MethodSteps>
  );
}
