import { describeTarget } from '../conformance/target';
import { createMemoryTarget, type Objects } from './memory-target';

const shared: Objects = new Map();
describeTarget('the memory target', async () => createMemoryTarget(shared), ['clean', 'freeBytes', 'snapshots']);
