import { cifsSchema, nasText, nfsSchema } from '../../model/nas-schema';

const nfs = (fields: object) => nfsSchema.safeParse({ kind: 'nfs', server: 'nas', path: '/srv/backup', ...fields });
const login = { username: 'operator', passwordSecret: 'nas' };
const cifs = (fields: object) =>
  cifsSchema.safeParse({ kind: 'cifs', server: 'nas', path: '/backup', ...login, ...fields });
const both = [
  ['nfs', nfs],
  ['cifs', cifs],
] as const;

const refusal = ({ error }: ReturnType<typeof nfs> | ReturnType<typeof cifs>) =>
  error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n') ?? '';

describe.each(both)('a target of %s', (_kind, parse) => {
  it('takes a share, and a folder in it', () => {
    for (const path of ['/backup', '/backup/cluster 1', '/a.b/c-d']) expect(refusal(parse({ path }))).toBe('');
  });

  it('refuses the root directory', () => expect(refusal(parse({ path: '/' }))).toContain('root directory'));

  it.each(['', 'backup', '/a/', '//a', '/a/../b', '/a/./b', '/a,rw', '/a\\b', '/a\nb'])('refuses the path %j', (path) =>
    expect(refusal(parse({ path }))).toMatch(/^path: /),
  );

  it.each(['-o', 'a b', 'a/b', 'a,b', '[::1]', ''])('refuses the server %j', (server) =>
    expect(refusal(parse({ server }))).toMatch(/^server: /),
  );

  it('wants an address that is one of the mode', () => {
    expect(refusal(parse({ server: '10.0.0.1', ipMode: 'ipv4' }))).toBe('');
    expect(refusal(parse({ server: 'fd00::1', ipMode: 'ipv6' }))).toBe('');
    expect(refusal(parse({ server: 'nas', ipMode: 'ipv6' }))).toBe('');
    expect(refusal(parse({ server: '10.0.0.1', ipMode: 'ipv6' }))).toMatch(/^ipMode: ipv4/);
    expect(refusal(parse({ server: 'fd00::1', ipMode: 'ipv4' }))).toMatch(/^ipMode: ipv6/);
  });

  it('is mounted already, or has all that a mount needs', () => {
    const none = { server: undefined, path: undefined, username: undefined, passwordSecret: undefined };
    expect(refusal(parse({ mounted: 'vault' }))).toMatch(/^server: this field only without mounted/);
    expect(refusal(parse({ server: undefined }))).toBe('server: this field, or mounted');
    expect(parse({ server: undefined, path: undefined, mounted: '/mnt/vault' }).success).toBe(false);
    const [kind, schema] = parse === nfs ? (['nfs', nfsSchema] as const) : (['cifs', cifsSchema] as const);
    expect(schema.safeParse({ kind, mounted: 'vault' }).success).toBe(true);
    expect(schema.safeParse({ kind, ...none }).success).toBe(false);
  });
});

test('the versions are those that the product has, as YAML reads them', () => {
  for (const version of [3, 4, 4.1, 4.2]) expect(refusal(nfs({ version }))).toBe('');
  for (const version of [2.1, 3, '3.1.1']) expect(refusal(cifs({ version }))).toBe('');
  expect(nfs({ version: 2 }).success).toBe(false);
  expect(cifs({ version: 1 }).success).toBe(false);
});

test.each(['a,uid=0', 'DOMAIN\\user', 'a/b', 'a%b', ''])('%j is no name of a user', (username) =>
  expect(refusal(cifs({ username }))).toMatch(/^username: /),
);

test('a target is shown as its administrators write it', () => {
  expect(nasText(nfs({}).data!)).toBe('nas:/srv/backup');
  expect(nasText(cifs({}).data!)).toBe('//nas/backup');
  expect(nasText({ kind: 'nfs', mounted: 'vault' })).toBe('mounted vault');
});
