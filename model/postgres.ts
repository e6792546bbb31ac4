import { z } from 'zod';
import { serverPattern, taskNamePattern } from './names';

const secretName = z.string().regex(taskNamePattern, 'letters, digits, "_" and "-", at most 64');
const databaseName = z
  .string()
  // What is kept of it during a restoration has a longer name, and PostgreSQL takes 63 bytes.
  .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,36}$/, 'letters, digits, "_" and "-", at most 37');

/** What a worker's configuration says about a database of a PostgreSQL server. Holds names of secrets, never secrets. */
export const postgresSchema = z
  .strictObject({
    server: z.string().regex(serverPattern, 'a host name or an IP address').describe('where PostgreSQL serves'),
    port: z.int().min(1).max(65_535).default(5432),
    name: databaseName.describe('the database'),
    user: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, 'a user of PostgreSQL')
      .describe('who cairn is there: owner of the database, with the right to create others (CREATEDB)'),
    passwordSecret: secretName
      .optional()
      .describe('the secret that is its password, by its name under `secrets`; absent where the server asks for none'),
    authority: secretName
      .optional()
      .describe(
        'the authority that the server is believed by, by its name under `authorities`; absent: the connection is not encrypted',
      ),
    maintenance: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, 'letters, digits, "_" and "-", at most 63')
      .default('postgres')
      .describe('another database of the server, to connect to while this one is replaced'),
    commands: z
      .string()
      .regex(/^\/[^\0]*$/, 'an absolute path')
      .optional()
      .describe("the folder with `pg_dump` and `pg_restore` of the server's own major version; the PATH when absent"),
    withoutRows: z
      .array(
        z
          .string()
          .regex(/^[A-Za-z0-9_.*?-]{1,130}$/, 'a name such as public.alarm_*')
          .describe('table, or schema.table; "*" and "?" stand for what they do in psql'),
      )
      .max(50)
      .default([])
      .describe('tables that are kept without their rows'),
  })
  .refine(({ name, maintenance }) => name !== maintenance, '`maintenance` with another database than `name`');
export type PostgresConfig = z.infer<typeof postgresSchema>;
