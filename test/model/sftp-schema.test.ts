import { sftpSchema } from '../../model/sftp-schema';

const smallest = { kind: 'sftp', server: 'vault', username: 'backup', passwordSecret: 'vault', path: '/srv/backup' };
const parse = (fields: object) => sftpSchema.safeParse({ ...smallest, ...fields });

/** Where it is refused, and why. */
function refusals(fields: object): string[] {
  return (parse(fields).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('an SFTP target', () => {
  it('has the product’s port, and nothing else by itself', () => {
    expect(parse({}).data).toEqual({ ...smallest, port: 22 });
  });

  it.each([
    `SHA256:${'a/+9'.repeat(10)}abc`,
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEfD',
    '[vault]:2222 ecdsa-sha2-nistp256 AAAAE2VjZHNh a comment',
    '|1|salt=|hash= ssh-rsa AAAAB3NzaC1yc2E==',
  ])('is known by %s', (hostKey) => expect(refusals({ hostKey })).toEqual([]));

  it.each([
    'SHA256:short',
    'MD5:aa:bb',
    '@revoked vault ssh-rsa AAAAB3Nz',
    'vault ssh-dss AAAA',
    'ssh-ed25519',
    'a b ssh-rsa AAAA',
    `ssh-rsa AAAA\nssh-rsa AAAA`,
  ])('is not known by %j', (hostKey) =>
    expect(refusals({ hostKey })).toEqual([expect.stringMatching(/^hostKey: .*fingerprint/)]),
  );

  it.each(['/', '', 'srv', '/srv/', '/srv//x', '/srv/../x', '/srv/./x', '/a\nb', '/a\\b', `/${'x'.repeat(1000)}`])(
    'lies at no path such as %j',
    (path) => expect(refusals({ path })).toEqual([expect.stringMatching(/^path: .*absolute/)]),
  );

  it('takes a password or a key, never both nor none, and a passphrase only with a key', () => {
    const either = ['passwordSecret: either `passwordSecret` or `keySecret`'];
    expect(refusals({ keySecret: 'key' })).toEqual(either);
    expect(refusals({ passwordSecret: undefined })).toEqual(either);
    expect(refusals({ passwordSecret: undefined, keySecret: 'key', keyPassphraseSecret: 'pass' })).toEqual([]);
    expect(refusals({ keyPassphraseSecret: 'pass' })).toEqual([
      'keyPassphraseSecret: this field only with `keySecret`',
    ]);
  });

  it('refuses an IP mode that its address is not', () => {
    for (const [server, ipMode] of [
      ['10.0.0.7', 'ipv6'],
      ['fd00::7', 'ipv4'],
    ])
      expect(refusals({ server, ipMode })).toEqual([`ipMode: the kind of address that ${server} is`]);
    for (const server of ['vault', 'fd00::7']) expect(refusals({ server, ipMode: 'ipv6' })).toEqual([]);
  });

  it('refuses names that could be something else', () => {
    for (const server of ['-vault', 'a b', 'user@vault', '']) expect(refusals({ server })).toHaveLength(1);
    for (const username of ['', 'a b', '-x', 'a:b']) expect(refusals({ username })).toHaveLength(1);
    for (const port of [0, 65_536, 2.5]) expect(refusals({ port })).toHaveLength(1);
    expect(refusals({ password: 'in the task' })).toHaveLength(1);
  });
});
