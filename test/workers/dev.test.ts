import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { openCairn } from '../../client';
import { freePort } from '../../embedded/free-port';
import { isAlive } from '../../embedded/process-id';
import { workflowIds } from '../../model/names';
import { firstConfig, whatNext } from '../../workers/dev-texts';
import { type DevOptions, type RunningDev, startDev } from '../../workers/dev';

const folder = mkdtempSync(join(tmpdir(), 'cairn-dev-'));
let options: DevOptions;
let dev: RunningDev | undefined;

beforeAll(async () => {
  options = { folder, port: await freePort(), uiPort: await freePort() };
});
afterEach(async () => {
  await dev?.stop();
  dev = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(): Promise<RunningDev> {
  dev = await startDev(options);
  return dev;
}

/** The first run of the cluster's workflow, however often it has continued as new: another one in another database. */
async function firstRunIn({ temporal }: RunningDev): Promise<string> {
  const connection = await Connection.connect({ address: temporal.address });
  const handle = new Client({ connection }).workflow.getHandle(workflowIds.cluster('dev'));
  const { raw } = await handle.describe().finally(() => connection.close());
  return raw.workflowExecutionInfo!.firstRunId!;
}

test('it serves a cluster without services, tells how to go on, and stops with its server', async () => {
  const { temporal, config, stop } = await start();
  const cairn = await openCairn({ address: temporal.address });
  expect(await cairn.tasks('dev')).toEqual([]);
  await cairn.close();
  expect((await fetch(temporal.uiAddress)).status).toBe(200);
  expect(whatNext({ folder, temporal, config })).toContain(`export TEMPORAL_ADDRESS=127.0.0.1:${options.port}`);
  await stop();
  expect(isAlive(temporal.pid)).toBe(false);
});

test('what it knows survives a restart, and so does what a person wrote into cairn.yaml', async () => {
  const first = await firstRunIn(await start());
  await dev!.stop();
  const file = join(folder, 'cairn.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('version: 3.3.0', 'version: 3.5.0'));
  const again = await start();
  expect(again.config.clusters[0]!.version).toBe('3.5.0');
  expect(first).not.toBe('');
  expect(await firstRunIn(again)).toBe(first);
});

test('a second one in the same folder is refused, and the first goes on', async () => {
  const { temporal } = await start();
  await expect(startDev(options)).rejects.toMatchObject({ kind: 'conflict' });
  expect(isAlive(temporal.pid)).toBe(true);
});

test('a mistake in cairn.yaml is told, and nothing is left running', async () => {
  const file = join(folder, 'cairn.yaml');
  writeFileSync(file, `${firstConfig({ localBackup: folder, spool: folder })}\ncolour: red\n`);
  await expect(startDev(options)).rejects.toThrow('colour: found this field');
  rmSync(file);
  await start();
});
