import { simpleLogin } from '../../servers/login';
import { ask } from '../../servers/http';
import { s3Error } from '../../servers/s3-errors';

/** As Node says them: foreign, expired, not valid yet, revoked, of another host, of no authority. */
const codes = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
];

const failing = (code: string) => Object.assign(new Error('said so'), { code });
const login = (code: string) => ({ ...simpleLogin({ user: 'root' }), send: () => Promise.reject(failing(code)) });
const overHttps = (code: string) => ask(login(code), new URL('https://nn1:9871/webhdfs/v1/'));

test.each(codes)('%s is denied with a hint, for HDFS and for a store', async (code) => {
  const denied = { kind: 'denied', context: { code, hint: expect.stringContaining('authority') as string } };
  await expect(overHttps(code)).rejects.toMatchObject(denied);
  expect(s3Error('https://store', failing(code))).toMatchObject(denied);
  expect(s3Error('https://store', new Error('sending failed', { cause: failing(code) }))).toMatchObject({
    kind: 'denied',
  });
});

test.each(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPROTO', 'UNABLE_TO_GET_CRL'])(
  '%s says nothing of the certificate itself: unavailable',
  async (code) => {
    await expect(overHttps(code)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(s3Error('https://store', failing(code))).toMatchObject({ kind: 'unavailable' });
  },
);
