import { z } from 'zod';

// zod would generate code for each schema, which pays off only after hundreds of parses. A schema parses some settings or a request. An object
// reads this when it is created, so the command imports this module before all others.
z.config({ jitless: true });
