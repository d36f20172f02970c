import { z } from 'zod';
import { serveParent } from '../child.ts';
import { closedLoopRequest, runClosedLoop } from '../closed-loop.ts';
import { openLoopRequest, runOpenLoop } from '../open-loop.ts';

serveParent(
  z.discriminatedUnion('do', [closedLoopRequest, openLoopRequest]),
  (request) => (request.do === 'load' ? runClosedLoop(request) : runOpenLoop(request)),
  async () => undefined,
);
