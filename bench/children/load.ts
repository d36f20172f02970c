import { serveParent } from '../child.ts';
import { load, loadQuestion } from '../load.ts';

serveParent(loadQuestion, load, async () => undefined);
