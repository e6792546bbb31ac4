import { Client, Connection } from '@temporalio/client';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchTemporal } from '../../embedded/fetch-temporal';
import { startTemporal, type EmbeddedTemporal } from '../../embedded/temporal';

const folder = mkdtempSync(join(tmpdir(), 'cairn-temporal-'));
let temporal: EmbeddedTemporal;

beforeAll(async () => {
  temporal = await startTemporal({ folder, searchAttributes: { Cluster: 'Keyword', Source: 'KeywordList' } });
});
afterAll(async () => {
  await temporal?.stop();
  rmSync(folder, { recursive: true });
});

async function withClient<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: temporal.address });
  return use(new Client({ connection })).finally(() => connection.close());
}

test('a started Temporal takes a workflow with our search attributes at once, and shows its UI', async () => {
  const searchAttributes = { Cluster: ['1'], Source: ['hdfs', 'hive'] };
  const start = (client: Client) =>
    client.workflow.start('any', { workflowId: 'kept', taskQueue: 'nobody', searchAttributes });
  await withClient(start);
  expect((await fetch(temporal.uiAddress)).status).toBe(200);
});

test('finished workflows are kept for 90 days', async () => {
  const ask = (client: Client) => client.workflowService.describeNamespace({ namespace: temporal.namespace });
  const { config } = await withClient(ask);
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 24 * 3600);
});

test('it restarts at the same address with its workflows, also after it was killed', async () => {
  const { address, pid } = temporal;
  await temporal.kill();
  await temporal.restart();
  expect(temporal.address).toBe(address);
  expect(temporal.pid).not.toBe(pid);
  const { searchAttributes } = await withClient((client) => client.workflow.getHandle('kept').describe());
  expect(searchAttributes).toMatchObject({ Cluster: ['1'], Source: ['hdfs', 'hive'] });
});

test('a second one on the same port is refused with a reason', async () => {
  const port = Number(temporal.address.split(':')[1]);
  await expect(startTemporal({ folder: join(folder, 'second'), port })).rejects.toThrow(
    `port ${port} is needed by temporal`,
  );
});

test("a person's own command line is used where CAIRN_TEMPORAL_CLI names it", async () => {
  process.env['CAIRN_TEMPORAL_CLI'] = '/opt/temporal';
  expect(await fetchTemporal()).toBe('/opt/temporal');
  delete process.env['CAIRN_TEMPORAL_CLI'];
});
