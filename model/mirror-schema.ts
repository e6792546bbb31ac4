import { z } from 'zod';
import { hostPattern } from './names';
import { secretSchema } from './secret-schema';

/** How a worker lets the workers of the other management hosts read its LocalBackup, and reads theirs. */
const path = z.string().regex(/^\/[^\0]*$/, 'an absolute path');

const addressSchema = z
  .url({ protocol: /^https?$/ })
  .max(300)
  .regex(/^https?:\/\/[^/@?#]+:\d{1,5}$/, 'http or https, host and port, nothing else');

export function serveSchema(listenPattern: RegExp) {
  return z.strictObject({
    addresses: z
      .record(z.string().regex(hostPattern, 'a host name'), addressSchema)
      .describe('where the worker of each host serves its LocalBackup to the others, such as https://nn1:9465'),
    secret: secretSchema.describe('what all these workers share, at least 32 characters: by it they know each other'),
    listen: z
      .string()
      .regex(listenPattern, 'host:port such as 10.0.0.1:9465')
      .optional()
      .describe(
        "the address that this worker listens at; the port of its host's address on all interfaces when absent",
      ),
    tls: z
      .strictObject({
        certificate: path.describe("this host's certificate with its chain (PEM)"),
        key: path.describe('its private key (PEM)'),
        ca: path
          .optional()
          .describe('certificates (PEM) of the authority that is believed; the usual ones when absent'),
      })
      .optional()
      .describe('needed where addresses begin with https'),
  });
}
export type ServeConfig = z.infer<ReturnType<typeof serveSchema>>;
