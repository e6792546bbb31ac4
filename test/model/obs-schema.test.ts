import { obsSchema, serverOfEndpoint } from '../../model/obs-schema';

const written = {
  kind: 'obs',
  endpoint: 'https://obs.example.com',
  region: 'cn-north-4',
  bucket: 'backups',
  path: 'cairn/prod-1',
  accessKeyId: 'AKIAEXAMPLE',
  secretKeySecret: 'storeKey',
};

test('a bucket is named in front of the host where nothing else is said, and nothing is locked', () => {
  expect(obsSchema.parse(written)).toEqual({ ...written, addressing: 'virtualHost' });
});

test.each([
  ['endpoint', 'obs.example.com'],
  ['endpoint', 'ftp://obs.example.com'],
  ['endpoint', 'https://user:password@obs.example.com'],
  ['endpoint', 'https://obs.example.com/path'],
  ['endpoint', 'https://obs.example.com?x=y'],
  ['region', 'CN North'],
  ['bucket', 'Big_Bucket'],
  ['bucket', 'a/b'],
  ['path', ''],
  ['path', '/absolute'],
  ['path', 'a/../b'],
  ['path', 'a/'],
  ['addressing', 'dns'],
  ['accessKeyId', 'two words'],
  ['secretKeySecret', 'no secret!'],
  ['authority', '/etc/ssl/ca.pem'],
  ['objectLock', { mode: 'forever', days: 1 }],
  ['objectLock', { mode: 'governance', days: 0 }],
  ['secretKey', 'a secret that stands in the file'],
])('%s: %j is refused, and the field is named', (field, value) => {
  const { error } = obsSchema.safeParse({ ...written, [field]: value });
  expect(JSON.stringify(error?.issues)).toContain(field);
});

test.each([
  ['https://obs.example.com', 'obs.example.com'],
  ['http://127.0.0.1:9000/', '127.0.0.1'],
  ['https://[fd00::1]:9000', 'fd00::1'],
  ['https://', undefined],
  ['https://a b', undefined],
])('the server of %s, as secrets name it', (endpoint, server) => {
  expect(serverOfEndpoint(endpoint)).toBe(server);
});
