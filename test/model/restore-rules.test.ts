import { newCluster } from '../../model/cluster-state';
import { decide } from '../../model/decide';
import { type SourceKind, sourceKinds, sourceNames } from '../../model/kinds';
import { inOrder, problemOfSets, restartsClusters, restoreRules, startedBetween } from '../../model/restore-rules';
import { productSettings } from '../../model/settings';
import type { RestorationTask } from '../../model/task';
import { openHdfsSource } from '../../sources/hdfs';
import { openNameNodeSource } from '../../sources/name-node';
import { openOmsSource } from '../../sources/oms';

const set = (source: SourceKind, label = '20261122171500') => ({ source, label, name: `a_${source}` });
const problemOf = (...sources: SourceKind[]) => problemOfSets(sources.map((source) => set(source)));
const isMetadata = (source: SourceKind) => sourceKinds[source].family === 'metadata';

/** The product's pages of restorations, read once more. */
describe('the product', () => {
  test('wants these services stopped before their source is restored, and all others running', () => {
    const stopped = sourceNames.filter((source) => restoreRules[source].stopped !== undefined);
    // Of OMS cairn wants it, too: in the product it restores and restarts itself.
    expect(stopped).toEqual([
      'oms',
      'nameNode',
      'kafka',
      'flink',
      'hbaseMetadata',
      'iotdbMetadata',
      'clickhouseMetadata',
    ]);
  });

  test('offers Force recovery for these, and for no others', () => {
    expect(sourceNames.filter((source) => restoreRules[source].force)).toEqual(['hbase', 'hive', 'iotdb']);
  });

  test('restarts every cluster when OMS is restored, and only then', () => {
    expect(sourceNames.filter(restartsClusters)).toEqual(['oms']);
  });

  test('excludes from one task: NameNode, HBase and IoTDB metadata with any other metadata; ClickHouse metadata with its data', () => {
    for (const one of sourceNames)
      for (const other of sourceNames) {
        if (one === other) continue;
        const pair = [one, other];
        const areMetadata = isMetadata(one) && isMetadata(other);
        const isAlone = pair.some((each) => ['nameNode', 'hbaseMetadata', 'iotdbMetadata'].includes(each));
        const isClickHouse = pair.includes('clickhouse') && pair.includes('clickhouseMetadata');
        const isRefused = (areMetadata && isAlone) || isClickHouse;
        expect({ pair, isRefused: problemOf(one, other) !== undefined }).toEqual({ pair, isRefused });
      }
  });
});

test('the traits of what is built say the same', () => {
  const nameNode = openNameNodeSource({ login: {} as never, hadoop: {} as never, host: 'here' }).traits;
  expect(nameNode.stoppedForRestore).toBe(restoreRules.nameNode.stopped !== undefined);
  expect(nameNode.exclusiveRestore).toBe(restoreRules.nameNode.alone === true);
  const oms = openOmsSource({ access: {} as never, host: 'here' }).traits;
  expect(oms.stoppedForRestore).toBe(restoreRules.oms.stopped !== undefined);
  expect(oms.exclusiveRestore).toBe(restoreRules.oms.alone === true);
  const hdfs = openHdfsSource({ login: {} as never }).traits;
  expect(hdfs.stoppedForRestore).toBe(restoreRules.hdfs.stopped !== undefined);
});

describe('what cannot be restored by one task is refused with a sentence that says what to do', () => {
  test.each<[SourceKind[], string]>([
    [
      ['hbaseMetadata', 'nameNode'],
      'nameNode and hbaseMetadata cannot be restored by one task: the restoration of both together fails. HINT: make two tasks, and start that of hbaseMetadata when that of nameNode has succeeded',
    ],
    [
      ['clickhouse', 'clickhouseMetadata'],
      'clickhouseMetadata and clickhouse cannot be restored by one task: the metadata must be there before the data is restored. HINT: make two tasks, and start that of clickhouse when that of clickhouseMetadata has succeeded',
    ],
    [
      ['iotdbMetadata', 'hdfs', 'dbService'],
      'iotdbMetadata cannot be restored by one task with other metadata, here dbService: several at once may fail. HINT: make two tasks, and start that of iotdbMetadata when that of dbService has succeeded',
    ],
  ])('%j', (sources, sentence) => expect(problemOf(...sources)).toBe(sentence));

  test('OMS and LdapServer of different runs', () => {
    expect(problemOf('ldapServer', 'oms')).toBeUndefined();
    expect(problemOfSets([set('ldapServer'), set('oms', '20261122181500')])).toBe(
      'the sets of oms and ldapServer must be of one run, and are of 2026-11-22 18:15:00 UTC and 2026-11-22 17:15:00 UTC. HINT: choose the run with --run',
    );
  });

  test('several NameServices of one NameNode source are no several sources', () => {
    expect(problemOf('nameNode', 'nameNode', 'hdfs')).toBeUndefined();
  });
});

describe('the order in which a task is restored', () => {
  test('has the metadata of each component before its data, the manager first, and keeps the order of parts', () => {
    const order = inOrder([...sourceNames].reverse().map((source) => set(source))).map(({ source }) => source);
    expect(order.slice(0, 3)).toEqual(['oms', 'ldapServer', 'dbService']);
    for (const one of order)
      for (const later of order.slice(order.indexOf(one) + 1))
        if (restoreRules[one].component === restoreRules[later].component)
          expect([one, later].map(isMetadata)).toEqual([true, false]);
    const parts = inOrder([set('hdfs'), set('nameNode', '2'), set('nameNode', '1')]);
    expect(parts.map(({ label }) => label)).toEqual(['2', '1', '20261122171500']);
  });

  test('tells what must be started again in the middle', () => {
    expect(startedBetween(['nameNode', 'hdfs', 'hbase'])).toEqual([{ service: 'NameNode', next: 'hdfs' }]);
    expect(startedBetween(['nameNode', 'hbase'])).toEqual([]);
    expect(startedBetween(['hdfs'])).toEqual([]);
  });
});

describe('a cluster', () => {
  const state = newCluster({
    id: '1',
    version: '3.3.0',
    services: { nameNode: { nameServices: ['hacluster'] } },
    localBackupHosts: ['node1'],
    hosts: ['node1'],
    settings: productSettings,
  });
  const more = { target: { kind: 'localDir' }, part: '', cluster: '1', productVersion: '3.3.0' } as const;
  const put = (...sources: SourceKind[]) => {
    const sets = sources.map((source) => ({ ...set(source), ...more })) as RestorationTask['sets'];
    const order = { do: 'putTask', task: { kind: 'restoration', name: 'back', cluster: '1', sets } } as const;
    return decide(state, { key: 'k', at: 0, replyTo: 'r', order }, 0);
  };

  test('refuses such a task when it is made, and makes nothing', () => {
    const { answer, state: after } = put('hbaseMetadata', 'nameNode');
    expect(answer).toMatchObject({ refusal: 'invalid', message: problemOf('nameNode', 'hbaseMetadata') });
    expect(after.tasks).toEqual({});
  });

  test('keeps a task in the order in which it is restored, however it was written', () => {
    const { spec } = put('hdfs', 'nameNode').state.tasks['back']!;
    expect((spec as RestorationTask).sets.map(({ source }) => source)).toEqual(['nameNode', 'hdfs']);
  });
});
