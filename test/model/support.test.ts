import { sourceNames, targetKinds } from '../../model/kinds';
import { allowedTargets } from '../../model/support';
import { atLeast } from '../../model/version';

/** The product's tables 1–4, written down once more as letters: LocalDir, lOcalhdfs, Remotehdfs, Nfs, Cifs, Sftp, oBs. */
const letters = { localDir: 'L', localHdfs: 'O', remoteHdfs: 'R', nfs: 'N', cifs: 'C', sftp: 'S', obs: 'B' } as const;

const tables: Record<string, Record<string, string>> = {
  '2.1.0': { oms: 'LOR', ldapServer: 'LOR', dbService: 'LOR', nameNode: 'LOR', hdfs: 'OR', hive: 'OR' },
  '3.0.0': {
    oms: 'LORNCS',
    dbService: 'LORNCS',
    nameNode: 'LRNCS',
    yarn: 'LRNCS',
    kafka: 'LORNC',
    hbaseMetadata: 'LRNCS',
    iotdbMetadata: 'LRNCS',
    hdfs: 'RNCS',
    hbase: 'RNCS',
    hive: 'RNCS',
    iotdb: 'R',
  },
  '3.3.0': {
    oms: 'LORNCSB',
    dbService: 'LORNCSB',
    nameNode: 'LRNCSB',
    yarn: 'LRNCSB',
    kafka: 'LORNCB',
    flink: 'LOR',
    hbaseMetadata: 'LRNCSB',
    iotdbMetadata: 'LRNCS',
    clickhouseMetadata: 'LR',
    hdfs: 'RNCS',
    hbase: 'RNCS',
    hive: 'RNCS',
    iotdb: 'R',
    clickhouse: 'R',
  },
};

describe.each(Object.entries(tables))('product version %s', (version, table) => {
  test.each(sourceNames)('%s goes exactly where the tables of the product say', (source) => {
    const found = targetKinds.filter((target) => allowedTargets(version, source).includes(target));
    expect(found.map((target) => letters[target]).join('')).toBe(table[source] ?? '');
  });
});

test('what later versions brought is allowed from then on only', () => {
  expect(allowedTargets('3.4.9', 'flink')).not.toContain('obs');
  expect(allowedTargets('3.5.0', 'flink')).toContain('obs');
  expect(allowedTargets('3.1.0', 'flink')).toEqual([]);
  expect(allowedTargets('3.0.9', 'clickhouse')).toEqual([]);
});

test.each([
  ['3.10.0', '3.9.0', true],
  ['3.1.0', '3.1.0', true],
  ['3.1', '3.1.0', true],
  ['3.1.0-LTS.1', '3.1.0', true],
  ['2.9.9', '3.0.0', false],
])('%s is at least %s: %s', (version, least, answer) => {
  expect(atLeast(version, least)).toBe(answer);
});
