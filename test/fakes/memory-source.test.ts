import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noControl } from '../../model/control';
import { BackupError } from '../../model/errors';
import { describeMetadataSource } from '../conformance/metadata-source';
import { createMemoryService, type Mishaps, openMemorySource } from './memory-source';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'cairn-memory-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));
const newFolder = () => mkdtemp(join(folder, 'dump-'));

describeMetadataSource('the fake in memory', async () => {
  const service = createMemoryService();
  let changes = 0;
  return {
    source: openMemorySource(service),
    spec: undefined,
    start: async () => void (service.isRunning = true),
    stop: async () => void (service.isRunning = false),
    change: async () => void (service.text = `text ${(changes += 1)}`),
    read: async () => service.text,
    newFolder,
  };
});

test('it fails on command, at the begin or in the middle of a step', async () => {
  const service = createMemoryService('before');
  const mishaps: Mishaps = {};
  const source = openMemorySource(service, mishaps);
  const into = await newFolder();
  mishaps.dump = { error: new BackupError('unavailable', 'gone'), at: 'begin' };
  await expect(source.dump(undefined, into, noControl())).rejects.toMatchObject({ kind: 'unavailable' });
  delete mishaps.dump;
  await source.dump(undefined, into, noControl());
  service.text = 'after';
  mishaps.load = { error: new Error('half done'), at: 'middle' };
  await expect(source.load(undefined, into, '20261122120000', noControl())).rejects.toThrow('half done');
  await source.revert(undefined, '20261122120000');
  expect(service.text).toBe('after');
});
