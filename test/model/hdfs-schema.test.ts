import { hdfsEntrySchema, localHdfsSchema, remoteHdfsSchema } from '../../model/hdfs-schema';

const local = (path: string) => localHdfsSchema.safeParse({ kind: 'localHdfs', path });
const remote = (path: string) => remoteHdfsSchema.safeParse({ kind: 'remoteHdfs', nameService: 'haclusterX', path });
const schemas = [
  ['localHdfs', local],
  ['remoteHdfs', remote],
] as const;

describe.each(schemas)('a path of %s', (_kind, parse) => {
  it.each(['/backup', '/user/backup/cluster 1', '/user/hbase', '/systems', '/tmp/hadoop-yarn-backup', '/a/b.c'])(
    '%s may hold sets',
    (path) => expect(parse(path).data?.path).toBe(path),
  );

  it.each(['/.hidden', '/backup/.cairn', '/user/root/.Trash/Current', '/a/..b'])('%s is hidden', (path) =>
    expect(refusal(parse(path))).toContain('no hidden directory'),
  );

  it.each([
    ['/hbase', '/hbase'],
    ['/hbase/data/default', '/hbase'],
    ['/user/hbase/backup', '/user/hbase/backup'],
    ['/tmp/hadoop-yarn/staging', '/tmp/hadoop-yarn'],
    ['/mr-history/done', '/mr-history'],
    ['/system', '/system'],
  ])("%s is the system's", (path, owned) => expect(refusal(parse(path))).toContain(`no system directory (${owned})`));

  it.each(['/', '', 'backup', '/backup/', '/a//b', '/a/../b', '/a/./b', '/a/.snapshot/s1', '/.reserved/raw', '/a\nb'])(
    '%j is no path',
    (path) => expect(refusal(parse(path))).toContain('an absolute path of HDFS'),
  );
});

describe('what is backed up', () => {
  const parse = (fields: object) => hdfsEntrySchema.safeParse({ source: 'hdfs', ...fields });
  const rows = (...all: [under: string, matching: string][]) => all.map(([under, matching]) => ({ under, matching }));

  it('is named by paths, by rows, or by both; nothing stands in a task that a person did not write', () => {
    expect(parse({ rows: rows(['/user', 'hive.*']) }).data).not.toHaveProperty('paths');
    expect(parse({ paths: ['/a'] }).data).not.toHaveProperty('rows');
    expect(parse({ paths: ['/a'], rows: rows(['/', 'b'], ['/b/c', 'd']) }).error).toBeUndefined();
    expect(refusal(parse({}))).toContain('directories here, or rows');
    expect(parse({ paths: [], rows: rows(['/user', 'a']) }).success).toBe(false);
    expect(parse({ rows: [] }).success).toBe(false);
  });

  it.each([
    [['user', 'a'], 'an absolute path of HDFS'],
    [['/user/', 'a'], 'an absolute path of HDFS'],
    [['/user/.snapshot', 'a'], 'an absolute path of HDFS'],
    [['/user', '['], 'a regular expression of RE2 (missing closing ]'],
    [['/user', '(?=a)'], 'a regular expression of RE2'],
    [['/user', 'a'.repeat(201)], '200'],
    [['/data', 'a'], 'a directory outside of /data'],
    [['/data/deep', 'a'], 'a directory outside of /data'],
  ] as [[string, string], string][])('a row of %j is refused beside /data', (row, why) => {
    expect(refusal(parse({ paths: ['/data'], rows: rows(row) }))).toContain(why);
  });

  it('has each row once, and not too many', () => {
    expect(refusal(parse({ rows: rows(['/user', 'a'], ['/user', 'a']) }))).toContain('each row once');
    const many = Array.from({ length: 21 }, (_, n): [string, string] => ['/user', `a${n}`]);
    expect(parse({ rows: rows(...many) }).success).toBe(false);
  });
});

function refusal(result: {
  readonly error?: { readonly issues: readonly { readonly message: string }[] } | undefined;
}) {
  return (result.error?.issues ?? []).map(({ message }) => message).join('; ');
}
