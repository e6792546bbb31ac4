import { describeWhere } from '../kit/skip';
import { describeTarget } from '../conformance/target';
import { openSftpTarget } from '../../targets/sftp';
import { type OpenSsh, startOpenSsh, withoutOpenSsh } from '../servers/openssh';
import { type RcloneSftp, startRcloneSftp, withoutRclone } from '../servers/rclone';

const login = ({ server, port, username, hostKey, password }: OpenSsh | RcloneSftp) => ({
  server,
  port,
  username,
  hostKey,
  password: async () => password,
});
describeWhere(withoutOpenSsh)('sftp on OpenSSH', () => {
  let ssh: OpenSsh;
  beforeAll(async () => {
    ssh = await startOpenSsh();
  });
  afterAll(() => ssh?.end());
  describeTarget('an SFTP target on OpenSSH', async () => openSftpTarget({ ...login(ssh), path: ssh.root }), [
    'snapshots',
  ]);
});
describeWhere(withoutRclone)('sftp on rclone', () => {
  let ssh: RcloneSftp;
  beforeAll(async () => {
    ssh = await startRcloneSftp();
  });
  afterAll(() => ssh?.end());
  describeTarget(
    'an SFTP target on rclone',
    async () => openSftpTarget({ ...login(ssh), path: '/data' }),
    ['snapshots'],
    {
      'shows a concurrent reader the old object or the new one, never a mixture and never none':
        'the target has no open files of its own: rclone finds one by its name at each read',
    },
  );
});
