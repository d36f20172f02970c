import { z } from 'zod';
import { serveParent } from '../child.ts';
import { load, loadQuestion } from '../closed-loop.ts';
import { steady, steadyQuestion } from '../open-loop.ts';

serveParent(
  z.discriminatedUnion('do', [loadQuestion, steadyQuestion]),
  (request) => (request.do === 'load' ? load(request) : steady(request)),
  async () => undefined,
);
