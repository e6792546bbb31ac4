import { describeTarget } from '../conformance/target';
import type { MemoryFolders } from './memory-snapshots';
import { createMemoryTarget, type Objects } from './memory-target';

const shared: Objects = new Map();
describeTarget('the memory target', async () => createMemoryTarget(shared), ['remains', 'freeBytes', 'snapshots']);

const [objects, folders]: [Objects, MemoryFolders] = [new Map(), new Map()];
describeTarget('the memory target with snapshots', async () => createMemoryTarget(objects, folders), [
  'remains',
  'freeBytes',
]);
