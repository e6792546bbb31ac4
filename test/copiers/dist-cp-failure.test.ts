import { failureOf, isInTheWay } from '../../copiers/dist-cp-failure';

const from = 'hdfs://a:1/data/x';

function told(said: string, exitCode: number | null = 25) {
  return failureOf({ exitCode, said: said.split('\n'), from });
}

/** What DistCp 3.4.3 and Yarn really said, shortened. */
const cases: [string, string, RegExp, string][] = [
  [
    'denied',
    'may not write',
    /^distcp failed: Permission denied: user=bob, access=WRITE, inode="\/":root:supergroup:drwxr-xr-x HINT: .*superuser/,
    `2026-11-22 20:57:05,487 ERROR CopyMapper: Failure in copying hdfs://a:1/x to hdfs://b:1/x
java.io.IOException: mkdir failed for hdfs://b:1/x
	at org.apache.hadoop.tools.mapred.CopyMapper.map(CopyMapper.java:219)
Caused by: java.io.IOException: Couldn't run retriable-command: Copying hdfs://a:1/x to hdfs://b:1/x
	... 11 more
Caused by: org.apache.hadoop.ipc.RemoteException(org.apache.hadoop.security.AccessControlException): Permission denied: user=bob, access=WRITE, inode="/":root:supergroup:drwxr-xr-x
	... 21 more
2026-11-22 20:57:05,600 ERROR DistCp: Exception encountered
java.io.IOException: DistCp failure: Job job_local1_0001 has failed: NA`,
  ],
  [
    'full',
    'quota',
    /The DiskSpace quota of \/quota is exceeded: quota = 100000 B HINT: .*quota/,
    `Error: java.io.IOException: File copy failed: hdfs://a:1/x --> hdfs://b:1/quota/x
Caused by: org.apache.hadoop.hdfs.protocol.DSQuotaExceededException: The DiskSpace quota of /quota is exceeded: quota = 100000 B`,
  ],
  [
    'full',
    'all DataNodes full',
    /could only be written to 0/,
    'Caused by: org.apache.hadoop.ipc.RemoteException(java.io.IOException): File /x could only be written to 0 of the 1 minReplication nodes. There are 3 datanode(s) running and no node(s) are excluded in this operation.',
  ],
  [
    'unavailable',
    'DataNodes not reached',
    /could only be written to 0/,
    'Caused by: org.apache.hadoop.ipc.RemoteException(java.io.IOException): File /x could only be written to 0 of the 1 minReplication nodes. There are 3 datanode(s) running and 3 node(s) are excluded in this operation.',
  ],
  [
    'missing',
    'no such source',
    /^distcp failed: hdfs:\/\/a:1\/data\/x doesn't exist$/,
    `2026-11-22 20:56:36,495 ERROR DistCp: Invalid input:
org.apache.hadoop.tools.CopyListing$InvalidInputException: hdfs://a:1/data/x doesn't exist`,
  ],
  [
    'unavailable',
    'a file of the job gone',
    /File does not exist: \/tmp\/staging/,
    'Caused by: java.io.FileNotFoundException: File does not exist: /tmp/staging/root/.staging/fileList.seq',
  ],
  [
    'precondition',
    'unknown queue',
    /submitted by user root to unknown queue: nope HINT: /,
    `2026-11-22 21:10:45,519 ERROR DistCp: Exception encountered
java.io.IOException: org.apache.hadoop.yarn.exceptions.YarnException: Failed to submit application_1_0002 to YARN : Application application_1_0002 submitted by user root to unknown queue: nope`,
  ],
  [
    'precondition',
    'no ACLs',
    /ACLs not supported for file system: hdfs:\/\/b:1.* HINT: .*dfs\.namenode\.acls\.enabled/,
    'org.apache.hadoop.tools.CopyListing$AclsNotSupportedException: ACLs not supported for file system: hdfs://b:1',
  ],
  [
    'precondition',
    'unknown NameService',
    /haclusterX HINT: .*hdfs-site\.xml/,
    'java.lang.IllegalArgumentException: java.net.UnknownHostException: haclusterX',
  ],
  [
    'unavailable',
    'refused',
    /^distcp failed: Call From vm\/127\.0\.0\.1 to localhost:1 failed on connection exception: Connection refused$/,
    'java.net.ConnectException: Call From vm/127.0.0.1 to localhost:1 failed on connection exception: java.net.ConnectException: Connection refused; For more details see:  http://wiki.example/ConnectionRefused',
  ],
  [
    'unavailable',
    'safe mode',
    /safe mode/,
    'org.apache.hadoop.hdfs.server.namenode.SafeModeException: Name node is in safe mode.',
  ],
  ['unavailable', 'something new', /^distcp failed: exit code 25: boom$/, 'boom\n	at somewhere(Some.java:1)\n'],
];
test.each(cases)('%s: %s', (kind, _, message, said) => {
  const error = told(said);
  expect(error.kind).toBe(kind);
  expect(error.message).toMatch(message);
  expect(error.what).not.toMatch(/\n|\bat org|Exception: /);
});

test('a driver that was killed, and one that is not there, are told as that', () => {
  expect(told('', null)).toMatchObject({ kind: 'unavailable', what: 'distcp failed: its driver was killed' });
  expect(told('/bin/sh: 1: nothing: not found', 127)).toMatchObject({ kind: 'precondition' });
});

test.each([
  "java.io.IOException: Can't replace hdfs://b:1/x. Target is dir, Source is file",
  'Caused by: org.apache.hadoop.fs.ParentNotDirectoryException: /kept/x (is not a directory)',
  'Caused by: org.apache.hadoop.ipc.RemoteException(org.apache.hadoop.security.AccessControlException): /kept/x (is not a directory)',
  'Caused by: org.apache.hadoop.fs.FileAlreadyExistsException: Path is not a directory: /kept/x',
])('a file in the way of a directory, or the other way round, is known by itself: %s', (said) => {
  expect(isInTheWay(told(said))).toBe(true);
  expect(isInTheWay(told('boom'))).toBe(false);
});

test('a job of Yarn is named', () => {
  expect(failureOf({ said: ['boom'], job: 'application_1_0002', from })).toMatchObject({
    what: 'distcp (application_1_0002) failed: boom',
    context: { job: 'application_1_0002' },
  });
});
