import { localHdfsSchema, remoteHdfsSchema } from '../../model/hdfs-schema';

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

function refusal(result: {
  readonly error?: { readonly issues: readonly { readonly message: string }[] } | undefined;
}) {
  return (result.error?.issues ?? []).map(({ message }) => message).join('; ');
}
