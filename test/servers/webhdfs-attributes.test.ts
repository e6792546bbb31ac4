import { simpleLogin } from '../../servers/login';
import { openWebHdfs, type WebHdfs } from '../../servers/webhdfs';
import { type RealHdfs, startRealHdfs } from './real-hdfs';

let real: RealHdfs;
let dfs: WebHdfs;

beforeAll(async () => {
  real = await startRealHdfs();
  dfs = openWebHdfs([real.hdfs.httpAddress], simpleLogin({ user: 'root' }));
});
afterAll(() => real?.end());

const bob = ['user:bob:rw-', 'group::r--'];
const forNewFiles = [
  'default:user::rwx',
  'default:user:alice:r-x',
  'default:group::r-x',
  'default:mask::r-x',
  'default:other::---',
];

test('times are set and told, and -1 leaves one as it is', async () => {
  await dfs.create('/times', Buffer.from('x'));
  await dfs.setTimes('/times', 1_234_567_890_123, 1_234_567_800_000);
  expect(await dfs.status('/times')).toMatchObject({ modified: 1_234_567_890_123, accessed: 1_234_567_800_000 });
  await dfs.setTimes('/times', -1, 1_234_567_811_111);
  expect(await dfs.status('/times')).toMatchObject({ modified: 1_234_567_890_123, accessed: 1_234_567_811_111 });
  await dfs.mkdirs('/dir-times');
  await dfs.setTimes('/dir-times', 1_000, -1);
  expect(await dfs.status('/dir-times')).toMatchObject({ modified: 1_000 });
  await expect(dfs.setTimes('/nothing', 1, 1)).rejects.toMatchObject({ kind: 'missing' });
});

test('a file without an ACL has none, and the listing tells which one has', async () => {
  await dfs.create('/acls/plain', Buffer.from('x'));
  await dfs.create('/acls/special', Buffer.from('x'));
  await dfs.setAcl('/acls/special', bob);
  expect(await dfs.aclOf('/acls/plain')).toEqual([]);
  const listed: Record<string, boolean> = {};
  for await (const entry of dfs.list('/acls')) listed[entry.name] = entry.hasAcl;
  expect(listed).toEqual({ plain: false, special: true });
  expect(await dfs.status('/acls/plain')).toMatchObject({ isEncrypted: false, isErasureCoded: false });
  await expect(dfs.aclOf('/nothing')).rejects.toMatchObject({ kind: 'missing' });
});

test.each([
  { what: 'for a person', permission: '741', entries: bob },
  { what: 'for new files only', permission: '750', entries: forNewFiles },
  { what: 'of both kinds', permission: '1775', entries: [...bob, ...forNewFiles] },
])('an ACL $what is set under a mode, which stays, and told as it was set', async ({ permission, entries }) => {
  const path = `/set-${permission}`;
  await dfs.mkdirs(path);
  await dfs.setPermission(path, permission);
  await dfs.setAcl(path, entries);
  expect(await dfs.aclOf(path)).toEqual(entries);
  expect(await dfs.status(path)).toMatchObject({ permission, hasAcl: true });
});

test('setting an ACL leaves nothing of the one before', async () => {
  await dfs.mkdirs('/changed');
  await dfs.setAcl('/changed', [...bob, ...forNewFiles]);
  await dfs.setAcl('/changed', ['group:users:r-x', 'group::r--']);
  expect(await dfs.aclOf('/changed')).toEqual(['group::r--', 'group:users:r-x']);
  await dfs.setAcl('/changed', forNewFiles);
  expect(await dfs.aclOf('/changed')).toEqual(forNewFiles);
  await dfs.setAcl('/changed', []);
  expect(await dfs.aclOf('/changed')).toEqual([]);
  expect(await dfs.status('/changed')).toMatchObject({ hasAcl: false });
  await dfs.setAcl('/changed', []);
});

test('an ACL that HDFS does not take is invalid', async () => {
  await dfs.create('/no-directory', Buffer.from('x'));
  await expect(dfs.setAcl('/no-directory', forNewFiles)).rejects.toMatchObject({ kind: 'invalid' });
  await expect(dfs.setAcl('/no-directory', ['nonsense'])).rejects.toMatchObject({ kind: 'invalid' });
});

test('extended attributes are created, replaced, told in hex with their namespace, and removed', async () => {
  await dfs.create('/attributes', Buffer.from('x'));
  expect(await dfs.xattrsOf('/attributes')).toEqual(new Map());
  await dfs.setXattr('/attributes', 'user.first', '0x6162');
  await dfs.setXattr('/attributes', 'user.first', '0x00ff10');
  await dfs.setXattr('/attributes', 'trusted.second', '0x2b');
  await dfs.setXattr('/attributes', 'user.empty', '0x');
  const all = { 'user.first': '0x00ff10', 'trusted.second': '0x2b', 'user.empty': '0x' };
  expect(await dfs.xattrsOf('/attributes')).toEqual(new Map(Object.entries(all)));
  await dfs.removeXattr('/attributes', 'user.first');
  await dfs.removeXattr('/attributes', 'user.first');
  expect([...(await dfs.xattrsOf('/attributes')).keys()].sort()).toEqual(['trusted.second', 'user.empty']);
});

test('an attribute of a file that is not there, or of another namespace, is an error', async () => {
  await expect(dfs.removeXattr('/nothing', 'user.first')).rejects.toMatchObject({ kind: 'missing' });
  await expect(dfs.setXattr('/nothing', 'user.first', '0x61')).rejects.toMatchObject({ kind: 'missing' });
  await dfs.create('/spaces', Buffer.from('x'));
  await expect(dfs.setXattr('/spaces', 'system.mine', '0x61')).rejects.toMatchObject({ kind: 'denied' });
});
