import { destinationSuite } from '../kit/destination.suite.ts';
import { meta } from './meta.ts';

destinationSuite(meta, import.meta.dirname);
