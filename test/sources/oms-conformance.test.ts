import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMetadataSource } from '../conformance/metadata-source';
import { describeWhere } from '../kit/skip';
import { type Postgres, startPostgres, withoutPostgres } from '../servers/postgres';
import { createManager, newFolder } from './oms-fixture';

let postgres: Postgres | undefined;
let folder: string;
afterAll(async () => {
  await postgres?.end();
  await rm(folder, { recursive: true, force: true });
});

describeWhere(withoutPostgres)('with a real PostgreSQL', () => {
  describeMetadataSource('the manager', async () => {
    postgres = await startPostgres();
    folder = await mkdtemp(join(tmpdir(), 'cairn-oms-'));
    const { source, spec, start, stop, change, read } = await createManager(postgres, folder);
    return { source, spec, start, stop, change, read, newFolder: () => newFolder(folder) };
  });
});
