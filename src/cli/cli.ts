import { z } from 'zod';
import { runCli } from './run-cli.ts';
import { getProcessTerminal } from './terminal.ts';

// zod would generate code for each schema, which pays off only after hundreds of parses. A schema parses some settings or a request.
z.config({ jitless: true });

process.exitCode = await runCli(process.argv.slice(2), getProcessTerminal());
